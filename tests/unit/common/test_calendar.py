"""One notation of hours with one reader, and the zones that people write."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.common.calendar import UTC as UTC_ZONE
from costguard.common.calendar import DailyWindow, WorkingHours, Zone

MINUTES = st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0, tzinfo=None))
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("08:00-18:00", 10),
        ("22:00-07:00", 9),
        ("12:00-24:00", 12),
        ("12:00-00:00", 12),
        ("00:00-24:00", 24),
        (" 08:00 - 18:00 ", 10),
    ],
)
def test_hours_are_read_over_midnight_too(text: str, hours: int) -> None:
    assert DailyWindow.parse(text).length == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "8-18",
        "22:00-22:00",
        "25:00-07:00",
        "22:60-07:00",
        "24:00-08:00",
        "08:00-24:30",
        "08:00-18:00:00",
        "\u0660\u0668:00-18:00",
        "24:00-24:00",
    ],
)
def test_hours_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours such as '08:00-18:00' or '22:00-07:00'"):
        DailyWindow.parse(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("8-18", "did you mean '08:00-18:00'?"),
        ("8am to 6pm", "did you mean '08:00-18:00'?"),
        ("12pm-12am", "did you mean '12:00-24:00'?"),
        ("08.00\u201318.00", "did you mean '08:00-18:00'?"),
        ("0800-1800", "did you mean '08:00-18:00'?"),
        ("9pm-9pm", ""),
        ("all day", ""),
    ],
)
def test_hours_in_another_notation_are_offered_in_ours(text: str, hint: str) -> None:
    assert DailyWindow.hint(text) == hint


@given(MINUTES, MINUTES)
def test_hours_are_read_as_they_are_written(begin: time, end: time) -> None:
    window = DailyWindow(begin, end)
    if begin != end:
        assert DailyWindow.parse(window.text) == window
        assert timedelta(0) < window.length < timedelta(days=1)


@given(MINUTES, MINUTES, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001
def test_a_moment_is_in_the_stretch_that_ends_after_it(
    begin: time, end: time, moment: datetime
) -> None:
    window, now = DailyWindow(begin, end), moment.replace(tzinfo=UTC)
    ends, day = window.end_after(now, UTC_ZONE), window.day_of(now)
    assert (ends is None) == (day is None)
    if ends and day:
        assert now < ends <= now + window.length
        assert ends - datetime.combine(day, begin, UTC) == window.length


@pytest.mark.parametrize(
    ("hours", "is_open"),
    [
        (5, False),
        (21, False),
        (22, True),
        (24 + 5, True),
        (24 + 6, False),
        (4 * 24 + 23, True),
        (5 * 24 + 5, True),
        (5 * 24 + 23, False),
        (-1, False),
        (2, False),
    ],
)
def test_a_night_shift_belongs_to_the_day_it_begins_on(hours: int, *, is_open: bool) -> None:
    night = WorkingHours(hours=DailyWindow.parse("22:00-06:00"))
    assert night.is_open(MONDAY + timedelta(hours=hours), UTC) is is_open


def test_a_holiday_takes_its_whole_night_shift() -> None:
    night = WorkingHours(hours=DailyWindow.parse("22:00-06:00"), holidays=(date(2026, 11, 23),))
    assert not night.is_open(MONDAY + timedelta(hours=24 + 5), UTC)
    assert night.is_open(MONDAY + timedelta(hours=48 + 5), UTC)


def test_hours_may_last_until_midnight() -> None:
    late = WorkingHours(hours=DailyWindow.parse("12:00-24:00"))
    assert late.is_open(MONDAY.replace(hour=23, minute=59, second=59, microsecond=999999), UTC)
    assert not late.is_open(MONDAY + timedelta(hours=24), UTC)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("PST", "write 'America/Los_Angeles', or another city of the place"),
        ("Europe/berlin", "did you mean 'Europe/Berlin'?"),
        ("chicago", "did you mean 'America/Chicago'?"),
        ("America/Chicgo", "did you mean 'America/Chicago'?"),
        ("New York", "did you mean 'America/New_York'?"),
        ("UTC+1", "an offset knows no summer time: name a city of the place"),
        ("Mars/Olympus", ""),
        ("posix/America/Chicago", "did you mean 'America/Chicago'?"),
        ("localtime", ""),
        ("__init__.py", ""),
        ("", ""),
        ("\x00", ""),
    ],
)
def test_a_zone_that_does_not_exist_says_what_is_expected(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="an IANA time zone such as 'America/Chicago'"):
        Zone.parse(text)
    assert Zone.hint(text) == hint


@pytest.mark.parametrize(
    ("name", "oddity"),
    [
        ("EST", "has no summer time; for a place that has one, write 'America/New_York'"),
        ("Etc/GMT+6", "is 6 h behind UTC and has no summer time; name a city instead"),
        ("Etc/GMT-1", "is 1 h ahead of UTC and has no summer time; name a city instead"),
        *((fine, "") for fine in ("UTC", "GMT", "Etc/UTC", "America/Chicago", "Asia/Kolkata")),
    ],
)
def test_a_zone_without_the_summer_time_of_its_place_is_odd(name: str, oddity: str) -> None:
    assert Zone.parse(name).oddity == oddity
