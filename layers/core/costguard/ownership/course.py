"""A course: its people, its term, its money and its hours of class."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Annotated

from msgspec import Struct

from costguard.common.calendar import DailyWindow, Day, moment_of
from costguard.common.forms import ObjectKey, Words, at_least_one
from costguard.ownership.confusables import fold_name
from costguard.ownership.roster import Person

_DAY = timedelta(days=1)

type Session = tuple[datetime, datetime]


class Role(Enum):
    """What a person is in a course."""

    STUDENT = "student"  # has a share of the budget
    STAFF = "staff"  # teaches or assists: counts for the whole course only


class Member(Person, frozen=True, kw_only=True):
    """A person in a course. `left`: from this moment on she is in it no more."""

    role: Role = Role.STUDENT
    left: datetime | None = None


class Listed(Member, frozen=True, kw_only=True):
    """A person of a roster. `since`: of the first version with her; None: of the very first."""

    since: datetime | None = None


class ClassTime(Struct, frozen=True, kw_only=True):
    """The hours of class on some days of the week."""

    days: Annotated[tuple[Day, ...], at_least_one]
    hours: DailyWindow


class Course(Struct, frozen=True, kw_only=True):
    """A course. The times are of the policy's zone; `end` is the last day."""

    name: Words
    start: date
    end: date
    roster: ObjectKey | None = None  # a CSV in the roster bucket
    people: tuple[Member, ...] = ()  # besides those of the roster
    project: Words | None = None  # its value of the project tag, if that is not the name
    budget: Decimal | None = None  # USD for everybody, from start to end
    per_student: Decimal | None = None  # USD for each student outside class
    class_hours: tuple[ClassTime, ...] = ()
    holidays: tuple[date, ...] = ()

    @property
    def has_budget(self) -> bool:
        """Return whether anything limits what it spends."""
        return self.budget is not None or self.per_student is not None

    @property
    def projects(self) -> frozenset[str]:
        """The values of the project tag that mean it, folded."""
        return frozenset(fold_name(each) for each in (self.name, self.project) if each)

    def bounds(self, zone: tzinfo) -> Session:
        """Return its first moment and its end."""
        return moment_of(self.start, time(0), zone), moment_of(self.end + _DAY, time(0), zone)

    def is_running(self, now: datetime, zone: tzinfo) -> bool:
        """Return whether it is between its first and its last day."""
        begins, ends = self.bounds(zone)
        return begins <= now < ends

    def sessions(self, since: datetime, until: datetime, zone: tzinfo) -> Iterator[Session]:
        """Yield the hours of class in a period, in order; those that overlap are one."""
        begins, ends = self.bounds(zone)
        since, until = max(since, begins), min(until, ends)
        open_now: Session | None = None
        for begin, end in sorted(self._sessions(since, until, zone)):
            if open_now and begin <= open_now[1]:
                open_now = (open_now[0], max(open_now[1], end))
                continue
            if open_now:
                yield open_now
            open_now = (begin, end)
        if open_now:
            yield open_now

    def session(self, now: datetime, zone: tzinfo) -> Session | None:
        """Return the class of this moment; None outside class."""
        found = self.sessions(now - 2 * _DAY, now + 2 * _DAY, zone)
        return next((each for each in found if each[0] <= now < each[1]), None)

    def last_end(self, now: datetime, within: timedelta, zone: tzinfo) -> datetime | None:
        """Return when the last class ended, if that was within a time."""
        found = self.sessions(now - within - _DAY, now + 2 * _DAY, zone)
        return max((end for _, end in found if now - within < end <= now), default=None)

    def _sessions(self, since: datetime, until: datetime, zone: tzinfo) -> Iterator[Session]:
        """Yield the class of each day, cut to the period; hours over midnight begin a day before.

        The wall clock decides: where it jumps, a class has an hour less or more.
        """
        day = max(since.astimezone(zone).date() - _DAY, self.start)
        while day <= until.astimezone(zone).date():
            for each in self.class_hours if day not in self.holidays else ():
                if tuple(Day)[day.weekday()] in each.days:
                    hours = each.hours
                    last = day + _DAY * (hours.begin >= hours.end)
                    begin = moment_of(day, hours.begin, zone)
                    end = moment_of(last, hours.end, zone)
                    if max(begin, since) < min(end, until):
                        yield max(begin, since), min(end, until)
            day += _DAY
