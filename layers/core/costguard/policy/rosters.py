"""The policy with the people of the rosters that were read."""

from collections.abc import Mapping
from copy import replace

from costguard.ownership.course import Course, Member
from costguard.ownership.same_person import same_people
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
    read, listed = rosters.get(course.roster or "", ()), course.people
    found = same_people(listed, read, of_one_list=True)
    both = set(found.values())
    others = tuple(each for at, each in enumerate(read) if at not in both)
    filled = (
        _filled(each, read[found[at]]) if at in found else each for at, each in enumerate(listed)
    )
    return replace(course, people=(*others, *filled))


def _filled(listed: Member, read: Member) -> Member:
    """Add the addresses that only the roster has."""
    return replace(
        listed,
        email=listed.email or read.email,
        slack=listed.slack or read.slack,
        logins=listed.logins or read.logins,
    )
