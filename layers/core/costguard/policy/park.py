"""The policy in a deployment that may delete what can be made again."""

from typing import ClassVar

from msgspec.structs import asdict

from costguard.policy.model import Mode, Policy
from costguard.resources.kind import Kind


class ParkingPolicy(Policy, frozen=True, kw_only=True, dict=True):
    """A policy that may end what only a deletion ends: no file says so, only the deployment."""

    parks: ClassVar[bool] = True

    def mode_of(self, rule: str, kind: Kind | None = None) -> Mode:
        """Return the mode of one rule, also for a kind that it may delete."""
        deletes = kind is not None and may_delete(self, rule, kind)
        return super().mode_of(rule, None if deletes else kind)


def may_delete(policy: Policy, rule: str, kind: Kind) -> bool:
    """Tell whether a deployment with Park=yes may delete what breaks a rule."""
    named = policy.rules[rule].overrides.park.of(kind.name)
    return kind.is_deleted and (kind.is_deleted_for(rule) if named is None else named)


def with_park(policy: Policy) -> Policy:
    """Let a policy end what only a deletion ends."""
    return ParkingPolicy(**asdict(policy))
