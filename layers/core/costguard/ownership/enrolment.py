"""Who is in which course: the people of the policy and of the rosters, each person once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import replace
from datetime import datetime, tzinfo
from functools import cached_property

from msgspec import Struct

from costguard.ownership.confusables import fold_name
from costguard.ownership.course import Course, Member, Role, identity
from costguard.ownership.roster import Person
from costguard.ownership.spelling import owner_key


class Enrolment(Struct, frozen=True):
    """A person in a course. `left` None: still in it."""

    course: Course
    person: Person
    role: Role = Role.STUDENT
    left: datetime | None = None

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
    joined = {identity(each): each for each in people}
    stayed, left = dict.fromkeys(joined), dict[str, Person]()
    seats = [(course, member) for course in courses for member in course.people]
    for _, member in seats:
        key = member.identity
        joined[key] = _with_names(joined[key], member) if key in joined else _person(member)
        if member.left is None:
            stayed[key] = None
    left = {key: joined[key] for key in joined if key not in stayed}
    return Everybody(
        people=tuple(joined[key] for key in stayed),
        former=tuple(left.values()),
        enrolments=tuple(
            Enrolment(course, joined[member.identity], member.role, member.left)
            for course, member in seats
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
        theirs = self._by_owner.get(owner_key(owner), ())
        sat = [each for each in theirs if each.was_in(at) and each.course.is_running(at, self.zone)]
        if len(sat) > 1:
            said = fold_name(project)
            sat = [each for each in sat if said in each.course.projects]
        return sat[0] if len(sat) == 1 else None

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
        theirs = self._by_owner.get(owner_key(owner), ())
        bounds = (moment for each in theirs for moment in each.course.bounds(self.zone))
        return (*bounds, *(each.left for each in theirs if each.left))

    @cached_property
    def _by_owner(self) -> Mapping[str, tuple[Enrolment, ...]]:
        """The courses of each owner whose label is nobody else's."""
        found = defaultdict[str, list[Enrolment]](list)
        for each in self.enrolments:
            found[owner_key(self.label(each.person))].append(each)
        return {
            key: tuple(theirs)
            for key, theirs in found.items()
            if all(each.person == theirs[0].person for each in theirs)
        }


def _person(member: Member) -> Person:
    return Person(**{name: getattr(member, name) for name in Person.__struct_fields__})


def _with_names(person: Person, member: Member) -> Person:
    """Add the names and logins that another list has for a person."""
    known = {owner_key(each) for each in (person.name, *person.aliases)}
    names = [each for each in (member.name, *member.aliases) if owner_key(each) not in known]
    logins = [each for each in member.logins if each not in person.logins]
    if not names and not logins:
        return person
    aliases = (*person.aliases, *names)
    return replace(person, aliases=aliases, logins=(*person.logins, *logins))
