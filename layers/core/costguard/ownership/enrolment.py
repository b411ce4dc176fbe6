"""Who is in which course: the people of the policy and of the rosters, each person once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import replace
from datetime import datetime, tzinfo
from functools import cached_property

from msgspec import Struct

from costguard.ownership.confusables import fold_name
from costguard.ownership.course import Course, Listed, Member, Role
from costguard.ownership.roster import Person
from costguard.ownership.same_person import same_people
from costguard.ownership.spelling import owner_key


class Enrolment(Struct, frozen=True):
    """A person in a course. `left` None: still in it; `since` None: from its beginning."""

    course: Course
    person: Person
    role: Role = Role.STUDENT
    left: datetime | None = None
    since: datetime | None = None

    def was_in(self, at: datetime) -> bool:
        """Return whether the person was in the course at a moment of it."""
        return self.left is None or at < self.left


class Everybody(Struct, frozen=True):
    """Everybody that the policy knows."""

    people: tuple[Person, ...]
    former: tuple[Person, ...]  # who left every course
    enrolments: tuple[Enrolment, ...]


def everybody(people: Iterable[Person], courses: Iterable[Course]) -> Everybody:
    """Join the lists of people: who has the same address in several lists is one person."""
    joined, seats = list(people), list[tuple[Course, Member, int]]()
    stayed = set(range(len(joined)))
    for course in courses:
        found = same_people(course.people, joined)
        for number, member in enumerate(course.people):
            at = found.get(number, len(joined))
            if number in found:
                joined[at] = _joined(joined[at], member)
            else:
                joined.append(_person(member))
            seats.append((course, member, at))
            stayed |= set() if member.left else {at}
    return Everybody(
        people=tuple(each for at, each in enumerate(joined) if at in stayed),
        former=tuple(each for at, each in enumerate(joined) if at not in stayed),
        enrolments=tuple(
            Enrolment(course, joined[at], member.role, member.left, _since(member))
            for course, member, at in seats
        ),
    )


class Seats(Struct, frozen=True, dict=True):
    """Who sits in which course, by the label that usage is charged to."""

    enrolments: tuple[Enrolment, ...]
    label: Callable[[Person], str]
    zone: tzinfo

    def of(self, owner: str, project: str, at: datetime) -> Enrolment | None:
        """Return the course that a charged owner's usage belongs to at a moment.

        Of several courses it is the one that the project tag names; otherwise it is none's.
        """
        sat = self.all_of(owner, at)
        if len(sat) > 1:
            said = fold_name(project)
            sat = tuple(each for each in sat if said in each.course.projects)
        return sat[0] if len(sat) == 1 else None

    def all_of(self, owner: str, at: datetime) -> tuple[Enrolment, ...]:
        """List the running courses that a charged owner is in at a moment."""
        theirs = self._of(owner, at)
        return tuple(e for e in theirs if e.was_in(at) and e.course.is_running(at, self.zone))

    def people(self, course: Course) -> tuple[Enrolment, ...]:
        """List everybody of a course who can be told apart, also those who have left."""
        found = (each for theirs in self._by_owner.values() for each in theirs)
        return tuple(each for each in found if each.course.name == course.name)

    def students(self, course: Course, now: datetime) -> tuple[str, ...]:
        """List the labels of those who are students of a course at a moment."""
        people = (each for each in self.people(course) if each.was_in(now))
        return tuple(self.label(each.person) for each in people if each.role is Role.STUDENT)

    def turns(self, owner: str) -> tuple[datetime, ...]:
        """List when an owner's courses and memberships begin and end."""
        theirs = self._by_name.get(owner_key(owner)) or self._by_owner.get(owner_key(owner), ())
        bounds = (moment for each in theirs for moment in each.course.bounds(self.zone))
        joined = (each.since for each in theirs if each.since)
        return (*bounds, *joined, *(each.left for each in theirs if each.left))

    def _of(self, owner: str, at: datetime) -> tuple[Enrolment, ...]:
        """Find by a name that one person alone had until that moment, or by label."""
        key = owner_key(owner)
        named = self._by_name.get(key, ())
        early = tuple(each for each in named if each.since is None or each.since <= at)
        return (early and _of_one_person(early)) or self._by_owner.get(key, ())

    @cached_property
    def _by_owner(self) -> Mapping[str, tuple[Enrolment, ...]]:
        """The courses of each owner whose label is nobody else's."""
        found = defaultdict[str, list[Enrolment]](list)
        for each in self.enrolments:
            found[owner_key(self.label(each.person))].append(each)
        alone = ((key, _of_one_person(tuple(theirs))) for key, theirs in found.items())
        return {key: theirs for key, theirs in alone if theirs}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Enrolment, ...]]:
        """The courses of everybody with each name, also one of an earlier roster."""
        found = defaultdict[str, list[Enrolment]](list)
        for each in self.enrolments:
            for key in {owner_key(name) for name in (each.person.name, *each.person.aliases)}:
                found[key].append(each)
        return {key: tuple(theirs) for key, theirs in found.items()}


def _of_one_person(found: tuple[Enrolment, ...]) -> tuple[Enrolment, ...]:
    return found if all(each.person == found[0].person for each in found) else ()


def _since(member: Member) -> datetime | None:
    return member.since if isinstance(member, Listed) else None


def _person(member: Member) -> Person:
    return Person(**{name: getattr(member, name) for name in Person.__struct_fields__})


def _joined(person: Person, member: Member) -> Person:
    """Add the names and addresses that another list has for a person."""
    known = {owner_key(each) for each in (person.name, *person.aliases)}
    names = (each for each in (member.name, *member.aliases) if owner_key(each) not in known)
    return replace(
        person,
        email=person.email or member.email,
        slack=person.slack or member.slack,
        aliases=(*person.aliases, *names),
        logins=(*person.logins, *(each for each in member.logins if each not in person.logins)),
    )
