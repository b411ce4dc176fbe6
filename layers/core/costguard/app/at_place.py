"""The ports as they are for one place: its account may have limits of its own."""

from copy import replace

from costguard.app.ports import GuardPorts, RespondPorts
from costguard.policy.in_account import policy_in
from costguard.policy.model import Policy
from costguard.resources.places import HOME, account_and_region


def at_place[Ports: (GuardPorts, RespondPorts)](ports: Ports, place: str) -> Ports:
    """Return the ports with the policy as it holds in a place."""
    policy = policy_at(ports.policy, place, ports.place)
    return ports if policy is ports.policy else replace(ports, policy=policy)


def policy_at(policy: Policy, place: str, home: tuple[str, str]) -> Policy:
    """Return the policy as it holds in a place."""
    account, _ = account_and_region(place, home)
    return policy_in(policy, account, is_home=place == HOME)
