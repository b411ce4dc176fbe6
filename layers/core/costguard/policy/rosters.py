"""The policy with the people of the rosters that were read."""

from collections.abc import Mapping
from copy import replace

from costguard.ownership.course import Course, Member
from costguard.policy.model import Policy

type Rosters = Mapping[str, tuple[Member, ...]]
"""The people of each roster, by the name of its file."""


def roster_files(policy: Policy) -> tuple[str, ...]:
    """List the rosters that the policy names, each once."""
    return tuple(dict.fromkeys(each.roster for each in policy.courses if each.roster))


def with_rosters(policy: Policy, rosters: Rosters) -> Policy:
    """Add the people of rosters to their courses; whom the policy itself lists comes first."""
    courses = tuple(_with_roster(each, rosters) for each in policy.courses)
    return replace(policy, courses=courses)


def _with_roster(course: Course, rosters: Rosters) -> Course:
    people = {each.identity: each for each in rosters.get(course.roster or "", ())}
    people |= {each.identity: each for each in course.people}
    return replace(course, people=tuple(people.values()))
