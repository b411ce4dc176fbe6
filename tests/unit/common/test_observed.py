"""Facts from outside are plausible values, or not known."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from costguard.common.observed import (
    EARLIEST,
    LATEST,
    MOST,
    SKEW,
    dollars,
    elements,
    is_weighable,
    mapping,
    moment,
    number,
    past_moment,
    printable,
    seconds,
    whole_number,
)
from costguard.resources.activity import Kernel

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
HALF = timezone(timedelta(hours=5, minutes=30))
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.datetimes()
    | st.datetimes(timezones=st.just(HALF))
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (NOW, NOW),
        (NOW.astimezone(HALF), NOW),
        ("2026-11-23T14:00:00Z", NOW),
        ("2026-11-23T19:30:00.000000+05:30", NOW),
        ("2026-11-23T14:00:00", None),
        (NOW.replace(tzinfo=None), None),
        ("2026-11-23", None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1999-12-31T23:59:59Z", None),
        (1_795_442_400, None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_has_a_zone_and_is_of_this_age(raw: object, expected: datetime | None) -> None:
    assert moment(raw) == expected


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(-timedelta(days=1), NOW - timedelta(days=1)), (SKEW, NOW), (SKEW * 2, None)],
)
def test_what_has_happened_is_not_ahead_of_the_clock(
    ahead: timedelta, expected: datetime | None
) -> None:
    assert past_moment(NOW + ahead, NOW) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *((2, 2.0), (0.5, 0.5), (True, None), ("2", None), (-1, None), (float("nan"), None)),
        *((float("inf"), None), (1e300, None), (10**400, None), (None, None)),
    ],
    ids=lambda value: "huge" if isinstance(value, int) and value > MOST else repr(value)[:20],
)
def test_a_number_is_finite_and_of_a_size_that_can_be(raw: object, expected: float | None) -> None:
    assert number(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *((2, 2), (2.0, 2), ("2", 2), (2.5, None), ("²", None), ("2" * 5000, None)),
        *((10**400, None), (True, None), ("-2", None), ([], None)),
    ],
    ids=lambda value: "huge" if isinstance(value, int) and value > MOST else repr(value)[:20],
)
def test_a_whole_number_is_read_in_every_spelling_of_an_event(
    raw: object, expected: int | None
) -> None:
    assert whole_number(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *(("0.10", Decimal("0.10")), (-0.1, Decimal("-0.1")), (Decimal(1), Decimal(1))),
        *(("sNaN", None), ("Infinity", None), ("1e30", None), (True, None), ([], None)),
        *(("a", None), (10**5000, None)),
    ],
    ids=lambda value: "huge" if isinstance(value, int) and value > MOST else repr(value)[:20],
)
def test_money_is_exact_and_finite(raw: object, expected: Decimal | None) -> None:
    assert dollars(raw, 1000) == expected


@pytest.mark.parametrize("raw", ["", " ", "a\nb", "\x1b[31m", "\u202e", "\ud800", "x" * 257, 3])
def test_a_text_says_something_and_holds_no_control_character(raw: object) -> None:
    assert printable(raw) is None
    assert printable("Łukasz's notebook") == "Łukasz's notebook"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Kernel("idle", NOW), True),
        (Kernel("idle", NOW.replace(year=9999)), False),
        ({"a": (Decimal("NaN"),)}, False),
        ({"a": (1, "x", None, timedelta(hours=1))}, True),
        (timedelta.max, False),
        (10**30, False),
    ],
)
def test_a_value_can_be_reckoned_with_when_all_its_parts_can(value: Any, expected: bool) -> None:  # noqa: FBT001
    assert is_weighable(value) is expected


@given(anything)
@example(10**5000)
def test_whatever_comes_is_weighable_or_not_known(raw: object) -> None:
    for read in (moment(raw), past_moment(raw, NOW), number(raw), whole_number(raw), seconds(raw)):
        assert read is None or is_weighable(read)
    found = moment(raw)
    assert found is None or (EARLIEST <= found <= LATEST and found.utcoffset() == timedelta(0))
    assert dollars(raw, MOST) is None or is_weighable(dollars(raw, MOST))
    assert (printable(raw) or "x").isprintable()
    assert mapping(raw) is raw or mapping(raw) == {}
    assert elements(raw) is raw or elements(raw) == ()
