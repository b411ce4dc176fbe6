"""What a course costs: each person's part outside class, and what was used in class.

Hours of class do not count against a student: they are the course's. Usage is cut where a class, a
course or a membership begins or ends, so that each second is counted once.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct, field

from costguard.costs.components import COMPONENTS
from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO, UsageSlice, price_slice
from costguard.ownership.course import Course, Role
from costguard.ownership.enrolment import Enrolment, Seats
from costguard.ownership.spelling import owner_key

_NO_TIME = timedelta(0)


class CourseSpend(Struct, frozen=True, kw_only=True):
    """What a course has spent, as the ledger keeps it. `shares`: by owner, outside class."""

    spent: Decimal = ZERO
    in_class: Decimal = ZERO
    shares: Mapping[str, Decimal] = field(default_factory=dict)


class PersonUsage(Struct, kw_only=True):
    """What one person has used in a course. The times are of machines, not of their disks."""

    name: str
    role: Role
    usd: Decimal = ZERO  # outside class
    usd_in_class: Decimal = ZERO
    time: timedelta = _NO_TIME
    time_in_class: timedelta = _NO_TIME

    def count(self, usd: Decimal, lasts: timedelta, *, is_class: bool) -> None:
        """Add an amount and a time."""
        if is_class:
            self.usd_in_class += usd
            self.time_in_class += lasts
        else:
            self.usd += usd
            self.time += lasts


class CourseTally(Struct, kw_only=True):
    """The sums of one course."""

    course: Course
    people: dict[str, PersonUsage] = field(default_factory=dict)  # by the key of the owner
    unpriced: set[str] = field(default_factory=set)  # in none of the sums

    @property
    def in_class(self) -> Decimal:
        """What was used in class."""
        return sum((each.usd_in_class for each in self.people.values()), ZERO)

    @property
    def spent(self) -> Decimal:
        """What everybody has used, in class and outside."""
        return self.in_class + sum((each.usd for each in self.people.values()), ZERO)

    @property
    def spend(self) -> CourseSpend:
        """Return what the ledger keeps."""
        shares = {key: each.usd for key, each in self.people.items() if each.usd}
        return CourseSpend(spent=self.spent, in_class=self.in_class, shares=shares)

    def add(
        self, seat: Enrolment, name: str, piece: UsageSlice, prices: Prices, zone: tzinfo
    ) -> None:
        """Add usage of a person who sat in the course all the while; `name`: as she is told now."""
        theirs = self.people.setdefault(owner_key(name), PersonUsage(name=name, role=seat.role))
        theirs.role = seat.role
        is_disk = COMPONENTS.is_volume(piece.usage.component)
        for part, is_class in _by_class(piece, self.course, zone):
            amount, lasts = price_slice(part, prices), part.until - part.since
            self.unpriced.update(amount.unpriced)
            theirs.count(amount.usd, _NO_TIME if is_disk else lasts, is_class=is_class)


class CourseMeter:
    """Adds up usage by course."""

    def __init__(self, seats: Seats, courses: Iterable[Course], prices: Prices) -> None:
        self.tallies = {each.name: CourseTally(course=each) for each in courses}
        self._seats = seats
        self._prices = prices
        self._zone = seats.zone

    def add(self, whole: UsageSlice) -> None:
        """Add a slice of usage to the course that its owner sat in, second by second."""
        usage = whole.usage
        since = max(whole.since, usage.start)
        until = min(whole.until, usage.end) if usage.end else whole.until
        for begin, end in _between(since, self._seats.turns(usage.labels.owner), until):
            seat = self._seats.of(usage.labels.owner, usage.labels.project, begin)
            tally = self.tallies.get(seat.course.name) if seat else None
            if seat and tally:
                name, piece = self._seats.label(seat.person), UsageSlice(usage, begin, end)
                tally.add(seat, name, piece, self._prices, self._zone)

    @property
    def spend(self) -> dict[str, CourseSpend]:
        """Return the sums of each course, by its name."""
        return {name: tally.spend for name, tally in self.tallies.items()}


def _by_class(piece: UsageSlice, course: Course, zone: tzinfo) -> Iterator[tuple[UsageSlice, bool]]:
    """Cut a slice where class begins and ends; say of each part whether it is in class."""
    at = piece.since
    for begin, end in course.sessions(piece.since, piece.until, zone):
        if at < begin:
            yield UsageSlice(piece.usage, at, begin), False
        yield UsageSlice(piece.usage, begin, end), True
        at = end
    if at < piece.until:
        yield UsageSlice(piece.usage, at, piece.until), False


def _between(
    since: datetime, turns: Iterable[datetime], until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Cut a period at some moments; nothing of a period that is empty."""
    if not turns or since >= until:
        return
    marks = sorted({since, until, *(each for each in turns if since < each < until)})
    yield from pairwise(marks)
