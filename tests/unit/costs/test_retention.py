"""Rows of usage: the months that an interval touches, and how long each row is kept."""

from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from costguard.costs.retention import UsageRow, month_parts, open_slices, usage_rows
from costguard.costs.usage import Usage

OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11, 12))
NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
OPEN = Usage(kind="notebook-instance", name="a", component="notebook", region="r", start=NOVEMBER)


def ended(start: datetime, end: datetime) -> Usage:
    return replace(OPEN, start=start, end=end)


def test_what_goes_on_is_one_row_that_stays() -> None:
    assert [*usage_rows(OPEN, None, NOW)] == [UsageRow(None, is_first=True)]
    assert [*usage_rows(OPEN, OPEN, NOW)] == [UsageRow(None)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (NOVEMBER, NOVEMBER, {NOVEMBER}),
        (NOVEMBER - timedelta(seconds=1), NOVEMBER, {OCTOBER, NOVEMBER}),
        (NOVEMBER, NOW, {NOVEMBER}),
        (OCTOBER, DECEMBER, {OCTOBER, NOVEMBER, DECEMBER}),
    ],
)
def test_what_has_ended_stands_in_each_month_that_it_touches(
    start: datetime, end: datetime, expected: set[datetime]
) -> None:
    *monthly, last = usage_rows(ended(start, end), None, NOW)
    assert {row.month for row in monthly} == expected
    assert {row.keep_until for row in monthly} == {end + timedelta(days=400)}
    assert last == UsageRow(None, NOW + timedelta(days=3), is_first=True)


def test_what_is_told_again_when_its_row_is_gone_writes_over_no_month() -> None:
    told = ended(OCTOBER, NOVEMBER)
    assert {row.is_first for row in usage_rows(told, None, NOW)} == {True}
    assert {row.is_first for row in usage_rows(told, OPEN, NOW)} == {False}


def test_an_earlier_end_writes_the_months_of_the_later_one_as_well() -> None:
    rows = usage_rows(ended(OCTOBER, NOVEMBER - timedelta(days=1)), ended(OCTOBER, DECEMBER), NOW)
    assert {row.month for row in rows} == {OCTOBER, NOVEMBER, DECEMBER, None}


def test_a_period_is_read_month_by_month_without_gap_or_overlap() -> None:
    since, until = datetime(2026, 10, 20, 5, tzinfo=UTC), DECEMBER
    assert [*month_parts(since, until)] == [
        (OCTOBER, since, NOVEMBER),
        (NOVEMBER, NOVEMBER, DECEMBER),
    ]


def test_only_what_goes_on_is_read_among_the_open_ones() -> None:
    (only,) = open_slices([ended(OCTOBER, NOVEMBER), OPEN], OCTOBER, NOW)
    assert only.usage == OPEN
