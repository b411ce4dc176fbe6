"""The table of a course on the page: a row for each person."""

from datetime import timedelta
from decimal import Decimal

from costguard.common.formatting import usd
from costguard.reports.courses import CourseReport, course_title, pace
from costguard.reports.tables import Cell, Column, Row, table

_COLUMNS = (
    Column("Name"),
    Column("Role"),
    Column("outside class", number=True),
    Column("of", number=True),
    Column("in class", number=True),
    Column("hours", number=True),
    Column("in class", number=True),
)


def course_table(report: CourseReport) -> str:
    """Write the table of a course."""
    title = f"Course {course_title(report)} (estimated)"
    return table(title, _COLUMNS, _rows(report), note=pace(report))


def _rows(report: CourseReport) -> list[Row]:
    return [
        (
            each.name,
            each.seat.role.value + (" (left)" if each.seat.left else ""),
            _amount(each.used.usd),
            _amount(each.share.limit) if each.share else "",
            _amount(each.used.usd_in_class),
            _hours(each.used.time),
            _hours(each.used.time_in_class),
        )
        for each in report.people
    ]


def _amount(amount: Decimal) -> Cell:
    return usd(amount), amount


def _hours(lasts: timedelta) -> Cell:
    hours = lasts / timedelta(hours=1)
    return f"{hours:.1f}", Decimal(hours)
