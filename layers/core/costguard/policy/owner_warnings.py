"""People and caps of a policy that are allowed but probably a mistake."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from costguard.common.remarks import Remark
from costguard.common.sanitize import single_line
from costguard.ownership.roster_check import roster_warnings
from costguard.ownership.spelling import owner_key
from costguard.policy.model import Policy
from costguard.policy.suggestions import did_you_mean
from costguard.rules.missing_tags import RULE as MISSING_TAGS
from costguard.rules.over_budget import RULE as OVER_BUDGET

NO_ROSTER = (
    "the roster (people) is empty: the limits for one owner in {} stop nothing, because they apply "
    "only to people of the roster"
)


def owner_warnings(policy: Policy) -> Iterator[Remark]:
    """List everything of the roster, and of caps on people and projects that are not there."""
    yield from _courses(policy)
    for says in (*caps_without_roster(policy), *roster_warnings(policy.directory)):
        yield Remark(path=("people",), says=says, odd=True)
    if OVER_BUDGET.id in policy.rules:
        yield from () if _has_rosters(policy) else _owners(policy)
        yield from _projects(policy)


def caps_without_roster(policy: Policy) -> tuple[str, ...]:
    """Warn that caps on one owner stop nobody, if the policy lists no people."""
    if policy.directory.people or _has_rosters(policy) or not policy.summing_rules:
        return ()
    return (NO_ROSTER.format(", ".join(policy.summing_rules)),)


def _courses(policy: Policy) -> Iterator[Remark]:
    """List courses without people, and those whose money no rule looks at."""
    for number, course in enumerate(policy.courses):
        if not course.roster and not course.people:
            says = "has neither a roster nor people: it counts nothing and nobody"
            yield Remark(path=("courses", number), says=says, odd=True)
        if course.has_budget and OVER_BUDGET.id not in policy.rules:
            says = f"has a budget, and the rule {OVER_BUDGET.id} is off: nothing is done about it"
            yield Remark(path=("courses", number), says=says, odd=True)


def _has_rosters(policy: Policy) -> bool:
    """Return whether people come from files that are not here."""
    return any(course.roster for course in policy.courses)


def _owners(policy: Policy) -> Iterator[Remark]:
    """List budgets whose owner matches nobody, or several people."""
    people = policy.directory
    known = {owner_key(each) for p in people.people for each in (people.label(p), p.address)}
    for name in policy.budgets.per_owner:
        if people.people and name != "*" and owner_key(name) not in known:
            near = people.nearest(name)
            meant = [people.label(near)] if near else map(people.label, people.people)
            yield _unknown("per_owner", name, "is not in the roster", meant)


def _projects(policy: Policy) -> Iterator[Remark]:
    """List budgets of projects that no tag may name."""
    if MISSING_TAGS.id not in policy.rules:
        return
    allowed = policy.rules[MISSING_TAGS.id].options.allowed.get(policy.project_tag, ())
    for name in policy.budgets.per_project:
        is_one = any(fnmatchcase(name.casefold(), each.strip().casefold()) for each in allowed)
        if allowed and name != "*" and not is_one:
            says = f"is not one of the values that `allowed` has for {policy.project_tag}"
            yield _unknown("per_project", name, says, allowed)


def _unknown(table: str, name: str, says: str, known: Iterable[str]) -> Remark:
    meant = did_you_mean(name, known)
    text = f"{single_line(name)!r} {says}" + (f": {meant}" if meant else "")
    path = ("rules", OVER_BUDGET.id, table, name)
    return Remark(path=path, says=text, odd=True, of_key=True)
