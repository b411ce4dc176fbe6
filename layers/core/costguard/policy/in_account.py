"""The policy as it holds in one account: the limits of its own table, and no deletion elsewhere."""

from copy import replace

from msgspec.structs import asdict

from costguard.policy.model import Policy


def policy_in(policy: Policy, account: str, *, is_home: bool) -> Policy:
    """Return the policy with the limits of an account; only at home may anything be deleted.

    It is made once for each account, and has the same directory of people.
    """
    known = policy.__dict__.setdefault("_in_accounts", {})
    if (account, is_home) not in known:
        known[account, is_home] = _limited(policy, account, is_home=is_home)
    found: Policy = known[account, is_home]
    return found


def _limited(policy: Policy, account: str, *, is_home: bool) -> Policy:
    own, parks = policy.accounts.get(account), policy.parks and not is_home
    if own is None and not parks:
        return policy
    limited = Policy(**asdict(policy)) if parks else policy
    if own:
        most = policy.max_stops if own.max_stops is None else own.max_stops
        limited = replace(limited.with_ceiling(own.mode), max_stops=most)
    limited.__dict__["directory"] = policy.directory
    return limited


def place_title(policy: Policy, place: str) -> str:
    """Name a place for people: with the name that the policy gives its account."""
    account, _, region = place.partition("/")
    own = policy.accounts.get(account)
    return f"{own.name} ({account}, {region})" if own and own.name else f"{account}, {region}"
