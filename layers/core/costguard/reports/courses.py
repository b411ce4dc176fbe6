"""The courses of a summary: each with its people, its money and its pace."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from costguard.common.formatting import cents, pluralize, usd
from costguard.common.sanitize import single_line
from costguard.common.spreadsheet import csv_text
from costguard.costs.budgets import BudgetStatus
from costguard.costs.course_budgets import days_ahead, share_of, whole_budget
from costguard.costs.course_spend import CourseTally, PersonUsage
from costguard.costs.pricing import ZERO
from costguard.ownership.course import Course, Role
from costguard.ownership.enrolment import Enrolment, Seats
from costguard.ownership.spelling import owner_key
from costguard.policy.model import Policy

SHOWN_AFTER = timedelta(days=30)
"""How long after its end a course is in the summaries."""
_HOUR = timedelta(hours=1)
_NO_NAME = re.compile(r"[^A-Za-z0-9]+")
_HEADER = (
    *("name", "e-mail", "role", "left", "USD outside class", "share USD", "left of it USD"),
    *("USD in class", "hours outside class", "hours in class"),
)


class CoursePerson(Struct, frozen=True, kw_only=True):
    """One person of a course, and what she has used; `share` None: she has none."""

    seat: Enrolment
    name: str
    used: PersonUsage
    share: BudgetStatus | None


class CourseReport(Struct, frozen=True, kw_only=True):
    """One course, from its start until now or its end."""

    tally: CourseTally
    people: tuple[CoursePerson, ...]  # the dearest first
    budget: BudgetStatus | None
    ended: bool
    ahead: int | None  # days; negative: behind

    @property
    def course(self) -> Course:
        """The course."""
        return self.tally.course

    @property
    def shares(self) -> tuple[BudgetStatus, ...]:
        """The shares of students who are in the course, the most used first."""
        found = [p.share for p in self.people if p.share and p.seat.left is None]
        return tuple(sorted(found, key=lambda share: (-share.percent, share.name)))

    @property
    def unspent(self) -> Decimal:
        """What students have left of their shares."""
        return sum((max(share.limit - share.spent, ZERO) for share in self.shares), ZERO)


def shown_courses(policy: Policy, now: datetime) -> tuple[Course, ...]:
    """List the courses that have begun, and ended lately or not yet."""
    zone = policy.timezone.info
    bounds = ((each, *each.bounds(zone)) for each in policy.courses)
    return tuple(c for c, begins, ends in bounds if begins <= now < ends + SHOWN_AFTER)


def course_reports(
    tallies: Iterable[CourseTally], seats: Seats, now: datetime
) -> tuple[CourseReport, ...]:
    """Compute what is said of each course."""
    return tuple(_report(each, seats, now) for each in tallies)


def _report(tally: CourseTally, seats: Seats, now: datetime) -> CourseReport:
    course, zone = tally.course, seats.zone
    budget = whole_budget(course, tally.spend, zone)
    people = (_person(each, tally, seats) for each in seats.people(course))
    return CourseReport(
        tally=tally,
        people=tuple(sorted(people, key=lambda each: (-each.used.usd, each.name))),
        budget=budget,
        ended=not course.is_running(now, zone),
        ahead=days_ahead(budget, now) if budget else None,
    )


def _person(seat: Enrolment, tally: CourseTally, seats: Seats) -> CoursePerson:
    name = seats.label(seat.person)
    is_student = seat.role is Role.STUDENT
    return CoursePerson(
        seat=seat,
        name=name,
        used=tally.people.get(owner_key(name), PersonUsage(name=name, role=seat.role)),
        share=share_of(tally.course, name, tally.spend, seats.zone) if is_student else None,
    )


def file_names(reports: Iterable[CourseReport]) -> dict[str, str]:
    """Name the file of each course, by the name of the course; no two have one name."""
    found: dict[str, str] = {}
    for name in (each.course.name for each in reports):
        plain = _NO_NAME.sub("-", name).strip("-").lower() or "course"
        same = sum(file == plain or file.startswith(f"{plain}.") for file in found.values())
        found[name] = f"{plain}.{same + 1}" if same else plain
    return found


def course_title(report: CourseReport) -> str:
    """Say `CS229, 11 Jan to 19 Mar 2027: 118 students, 3 staff`."""
    course, present = report.course, [p for p in report.people if p.seat.left is None]
    students = sum(each.seat.role is Role.STUDENT for each in present)
    term = f"{course.start:%d %b} to {course.end:%d %b %Y}"
    people = f"{pluralize(students, 'student')}, {len(present) - students} staff"
    if alike := sum(each.left is None for each in course.people) - len(present):
        people += f", {alike} who cannot be told apart and are charged for nothing"
    return f"{single_line(course.name, 40)}, {term}: {people}"


def pace(report: CourseReport) -> str:
    """Say `9 days ahead of the course's plan`; empty without a budget."""
    if report.ahead is None or report.ended:
        return ""
    if not report.ahead:
        return "on the course's plan"
    side = "ahead of" if report.ahead > 0 else "behind"
    return f"{pluralize(abs(report.ahead), 'day')} {side} the course's plan"


def shares_say(report: CourseReport, tell_at: int) -> str:
    """Say how many students have used up their shares, and what all have left."""
    shares = report.shares
    used_up = sum(share.is_over for share in shares)
    nearly = sum(share.percent >= tell_at and not share.is_over for share in shares)
    word = "unspent" if report.ended else "left"
    return f"{used_up} used up, {nearly} above {tell_at} %; {usd(report.unspent)} {word}"


def course_csv(report: CourseReport) -> str:
    """Write a line for each person, as a spreadsheet opens it."""
    return csv_text([_HEADER, *map(_line, report.people)])


def _line(person: CoursePerson) -> tuple[str | Decimal | None, ...]:
    used, share, seat = person.used, person.share, person.seat
    return (
        person.name,
        seat.person.email,
        seat.role.value,
        f"{seat.left:%Y-%m-%d}" if seat.left else None,
        cents(used.usd),
        cents(share.limit) if share else None,
        cents(share.limit - share.spent) if share else None,
        cents(used.usd_in_class),
        cents(Decimal(used.time / _HOUR)),
        cents(Decimal(used.time_in_class / _HOUR)),
    )
