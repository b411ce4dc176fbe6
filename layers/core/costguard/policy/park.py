"""The policy in a deployment that may delete what can be made again."""

from typing import ClassVar

from msgspec.structs import asdict

from costguard.policy.model import Policy


class ParkingPolicy(Policy, frozen=True, kw_only=True, dict=True):
    """A policy that may end what only a deletion ends: no file says so, only the deployment."""

    parks: ClassVar[bool] = True


def with_park(policy: Policy) -> Policy:
    """Let a policy end what only a deletion ends."""
    return ParkingPolicy(**asdict(policy))
