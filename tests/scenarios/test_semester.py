"""A semester of a course of 120: add and drop weeks, classes over the change of the clocks, a
student who spends her share in one day, money that is left, and the end.

The sums are compared with others that are made here, minute by minute, from the clock on the wall.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest

from costguard.costs.course_spend import CourseMeter
from costguard.costs.price_list import SOURCE
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.ownership.directory import CostLabels
from costguard.ownership.kept_roster import KeptRoster, kept_roster
from costguard.ownership.roster_file import read_roster
from costguard.policy.loader import parse_policy
from costguard.policy.rosters import with_rosters
from costguard.reports.courses import course_csv, course_reports, pace, shares_say
from costguard.resources.model import InstanceGroup
from tests.names import names

CHICAGO = ZoneInfo("America/Chicago")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RATE = Decimal("0.0603")  # of a minute: USD 3.618 an hour
PRICES = Prices(
    {("us-east-2", "notebook", "ml.g5.xlarge"): Price(RATE * 60, SOURCE, "")}, datetime.now(UTC)
)
BEGINS, ENDS = date(2027, 1, 11), date(2027, 5, 14)
HOLIDAY = date(2027, 3, 16)
COURSE = """
timezone = "America/Chicago"
[[courses]]
name = "CS 229"
roster = "cs229.csv"
start = 2027-01-11
end = 2027-05-14
budget = 12000
per_student = 80
holidays = [2027-03-16]
[[courses.class_hours]]
days = ["tue", "thu"]
hours = "14:00-15:50"
[[courses.class_hours]]
days = ["sun"]
hours = "01:30-03:30"
"""
SPENDER, SAVER = 7, 8  # spends her share in one day; spends nothing


def local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Tell a time in Chicago as UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)


class Semester:
    """The rosters of the first weeks, and what everybody ran."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a test that repeats
        self.everybody = [
            (name, f"u{number}@uni.edu") for number, name in enumerate(islice(names(), 119))
        ]
        self.everybody.append((self.everybody[0][0], "namesake@uni.edu"))  # two of one name
        self.left: dict[str, datetime] = {}
        self.kept = self._register()
        self.policy = with_rosters(parse_policy(COURSE), {"cs229.csv": self.kept.members})
        self.usages = [*self._usages()]

    def _register(self) -> KeptRoster:
        """Read a roster each day of two weeks: some come later, some leave."""
        random, kept = self.random, KeptRoster(version="", read=local(BEGINS), people=())
        drops = random.sample(range(20, 110), 12)
        adds = {number: random.randrange(1, 10) for number in random.sample(range(20, 110), 15)}
        for day in range(14):
            now = local(BEGINS + day * DAY, 8)
            gone = drops[: max(0, day - 1)]
            here = [
                person
                for number, person in enumerate(self.everybody)
                if number not in gone and adds.get(number, 0) <= day
            ]
            for number in gone:
                if adds.get(number, 0) < day:
                    self.left.setdefault(self.everybody[number][1], now)
            lines = "".join(f'"{name}";{email};student\r\n' for name, email in here)
            found = read_roster(f"Name;E-Mail;Role\r\n{lines}".encode("utf-8-sig"))
            kept = kept_roster(found, str(day), kept, now=now)
        return kept

    def label(self, number: int) -> str:
        name, email = self.everybody[number]
        return f"{name} <{email}>" if name == self.everybody[0][0] else name

    def _usages(self) -> Iterator[Usage]:
        random = self.random
        for number in range(len(self.everybody)):
            if number == SPENDER:
                yield self._usage(number, local(date(2027, 2, 3), 0), 24 * 60)
            elif number != SAVER:
                for _ in range(random.randrange(2, 8)):
                    day = BEGINS + random.randrange(-3, 128) * DAY
                    begin = local(day, random.randrange(24), random.randrange(60))
                    yield self._usage(number, begin, random.randrange(5, 400))
        for number in range(10, 18):  # over both nights in which the clock may jump
            yield self._usage(number, local(date(2027, 3, 13), 23), 6 * 60)

    def _usage(self, number: int, begin: datetime, minutes: int) -> Usage:
        return Usage(
            kind="notebook-instance",
            name=f"n{number}",
            component="notebook",
            region="us-east-2",
            groups=(InstanceGroup("ml.g5.xlarge", 1),),
            start=begin,
            end=begin + minutes * MINUTE,
            labels=CostLabels(owner=self.label(number)),
        )

    def expected(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Add up minute by minute: outside class and in class, by label."""
        emails = {self.label(n): self.everybody[n][1] for n in range(len(self.everybody))}
        found = defaultdict[str, list[int]](lambda: [0, 0])
        for usage in self.usages:
            owner = usage.labels.owner
            left = self.left.get(emails[owner])
            at = usage.start
            while usage.end and at < usage.end:
                if (counted := counts(at)) is not None and not (left and at >= left):
                    found[owner][counted] += 1
                at += MINUTE
        return {who: (RATE * outside, RATE * inside) for who, (outside, inside) in found.items()}


def counts(at: datetime) -> int | None:
    """Tell whether a minute is in class (1), outside (0), or none of the course."""
    wall = at.astimezone(CHICAGO)
    day, clock = wall.date(), (wall.hour, wall.minute)
    if not BEGINS <= day <= ENDS:
        return None
    if day == HOLIDAY:
        return 0
    week = day.isoweekday()
    afternoon = week in (2, 4) and (14, 0) <= clock < (15, 50)
    return int(afternoon or (week == 7 and (1, 30) <= clock < (3, 30)))


@pytest.fixture(scope="module", params=[1, 2])
def semester(request: pytest.FixtureRequest) -> Semester:
    return Semester(request.param)


def meter(given: Semester, until: datetime) -> CourseMeter:
    policy = given.policy
    found = CourseMeter(policy.directory.seats, policy.courses, PRICES)
    for usage in given.usages:
        found.add(UsageSlice(usage, local(date(2027, 1, 1)), until))
    return found


def test_each_sum_is_that_of_the_minutes_to_the_cent(semester: Semester) -> None:
    tally = meter(semester, local(date(2027, 6, 1))).tallies["CS 229"]
    found = {each.name: (each.usd, each.usd_in_class) for each in tally.people.values()}
    expected = semester.expected()
    cent = Decimal("0.01")
    assert found.keys() == expected.keys()
    assert {who: [u.quantize(cent) for u in both] for who, both in found.items()} == {
        who: [u.quantize(cent) for u in both] for who, both in expected.items()
    }
    total = sum((sum(both, Decimal(0)) for both in expected.values()), Decimal(0))
    assert tally.spent.quantize(cent) == total.quantize(cent)
    assert tally.in_class > 0
    assert any(each.left for each in semester.kept.people)


def test_however_the_semester_is_cut_the_sum_is_the_same(semester: Semester) -> None:
    whole = meter(semester, local(date(2027, 6, 1))).tallies["CS 229"].spent
    policy = semester.policy
    parts = CourseMeter(policy.directory.seats, policy.courses, PRICES)
    for usage in semester.usages:
        for month in range(1, 6):
            low, high = local(date(2027, month, 1)), local(date(2027, month + 1, 1))
            parts.add(UsageSlice(usage, low, high))
    assert abs(parts.tallies["CS 229"].spent - whole) < Decimal("0.0001")


def test_the_report_has_the_spender_the_saver_and_the_file(semester: Semester) -> None:
    now = local(date(2027, 5, 20))
    tallies = meter(semester, now).tallies.values()
    (found,) = course_reports(tallies, semester.policy.directory.seats, now)
    by_name = {share.name: share for share in found.shares}
    assert by_name[semester.label(SPENDER)].is_over
    assert by_name[semester.label(SAVER)].spent == 0
    assert (found.ended, pace(found)) == (True, "")
    assert "unspent" in shares_say(found, 80)
    rows = list(csv.DictReader(io.StringIO(course_csv(found).removeprefix("\ufeff"))))
    assert len(rows) == 120
    listed = sum((Decimal(row["USD outside class"]) for row in rows), Decimal(0))
    outside = found.tally.spent - found.tally.in_class
    assert abs(listed - outside) < Decimal("0.005") * 120
    assert {row["left"] != "" for row in rows} == {True, False}


def test_on_the_day_she_spends_it_the_share_is_used_up(semester: Semester) -> None:
    for day, over in ((3, False), (4, True)):
        now = local(date(2027, 2, day))
        (found,) = course_reports(
            meter(semester, now).tallies.values(), semester.policy.directory.seats, now
        )
        share = {each.name: each for each in found.shares}.get(semester.label(SPENDER))
        assert share
        assert share.is_over is over
        assert found.ahead is not None
