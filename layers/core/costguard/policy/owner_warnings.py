"""People and caps of a policy that are allowed but probably a mistake."""

from collections.abc import Iterator

from costguard.common.sanitize import single_line
from costguard.ownership.roster_check import roster_warnings
from costguard.ownership.spelling import owner_key
from costguard.policy.model import Policy
from costguard.rules.over_budget import RULE as OVER_BUDGET

NO_ROSTER = (
    "nobody is in the roster (people): {} stop nobody for what one person sums up to, since only "
    "people of the roster are known"
)


def owner_warnings(policy: Policy) -> tuple[str, ...]:
    """List everything of the roster, and of caps on people who are not in it."""
    return (*caps_without_roster(policy), *roster_warnings(policy.directory), *_budgets(policy))


def caps_without_roster(policy: Policy) -> tuple[str, ...]:
    """Warn that caps on one owner stop nobody, if the policy lists no people."""
    if policy.people or not policy.summing_rules:
        return ()
    return (NO_ROSTER.format(", ".join(policy.summing_rules)),)


def _budgets(policy: Policy) -> Iterator[str]:
    """List budgets whose owner matches nobody, or several people."""
    if not policy.people or OVER_BUDGET.id not in policy.rules:
        return
    people = policy.directory
    known = {owner_key(each) for p in people.people for each in (people.label(p), p.address)}
    for name in policy.budgets.per_owner:
        if name != "*" and owner_key(name) not in known:
            yield f"rules.over-budget.per_owner: {single_line(name)!r} is nobody of the roster"
