"""The budgets of courses: of everybody in one, and of each student; and the pace of both."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from costguard.costs.budgets import BudgetStatus, SpendToDate
from costguard.costs.course_spend import CourseSpend
from costguard.costs.pricing import ZERO
from costguard.ownership.course import Course, Role
from costguard.ownership.enrolment import Enrolment, Seats
from costguard.ownership.spelling import owner_key

_DAY = timedelta(days=1)


def seat_budgets(
    seat: Enrolment | None, owner: str, spend: SpendToDate, zone: tzinfo, now: datetime
) -> Iterator[BudgetStatus]:
    """Yield the budgets that usage of a person in a course takes from now.

    In class that is only the budget of the course: hours of class do not count against a student.
    """
    if seat is None:
        return
    known = spend.courses.get(seat.course.name, CourseSpend())
    whole, share = whole_budget(seat.course, known, zone), None
    if seat.role is Role.STUDENT and seat.course.session(now, zone) is None:
        share = share_of(seat.course, owner, known, zone)
    yield from (each for each in (whole, share) if each)


def course_budgets(
    courses: Iterable[Course], seats: Seats, spend: SpendToDate, now: datetime
) -> tuple[BudgetStatus, ...]:
    """Return the budgets of running courses with any spend, the most used first."""
    found = list[BudgetStatus | None]()
    for course in courses:
        known = spend.courses.get(course.name)
        if known and course.is_running(now, seats.zone):
            found.append(whole_budget(course, known, seats.zone))
            used = (o for o in seats.students(course, now) if known.shares.get(owner_key(o)))
            found += [share_of(course, owner, known, seats.zone) for owner in used]
    return tuple(
        sorted(filter(None, found), key=lambda each: (-each.percent, each.dimension, each.name))
    )


def days_ahead(budget: BudgetStatus, now: datetime) -> int | None:
    """Return by how many days the spend is ahead of an even pace; negative: behind.

    None for a budget of nothing, and for one of a month.
    """
    if budget.period is None or not budget.limit:
        return None
    begins, ends = budget.period
    planned = (min(now, ends) - begins) / _DAY
    used = float(budget.spent / budget.limit) * ((ends - begins) / _DAY)
    return int(used - planned)  # a part of a day is not said


def whole_budget(course: Course, known: CourseSpend, zone: tzinfo) -> BudgetStatus | None:
    """Return the budget of everybody in a course; None: it has none."""
    if course.budget is None:
        return None
    return _status("course", course.name, course.budget, known.spent, course, zone)


def share_of(course: Course, owner: str, known: CourseSpend, zone: tzinfo) -> BudgetStatus | None:
    """Return the budget of one student; None: students have none."""
    if course.per_student is None:
        return None
    spent = known.shares.get(owner_key(owner), ZERO)
    return _status("student", owner, course.per_student, spent, course, zone)


def _status(
    dimension: str, name: str, limit: Decimal, spent: Decimal, course: Course, zone: tzinfo
) -> BudgetStatus:
    return BudgetStatus(
        dimension,
        name,
        limit,
        spent,
        week=ZERO,
        ceiling=limit,
        course=course.name,
        period=course.bounds(zone),
    )
