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


def place_title(policy: Policy, place: str) -> str:
    """Name a place for people: with the name that the policy gives its account."""
    account, _, region = place.partition("/")
    own = policy.accounts.get(account)
    return f"{own.name} ({account}, {region})" if own and own.name else f"{account}, {region}"
