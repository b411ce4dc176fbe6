"""Idle in class and after it: lenient inside, quick once class is over."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from costguard.policy.loader import parse_policy
from costguard.resources.activity import Activity
from costguard.rules.base import EvaluationContext
from costguard.rules.class_hours import ClassHours, idle_after
from costguard.rules.idle import Options, next_check_at
from tests.factories import notebook

CHICAGO = ZoneInfo("America/Chicago")
DIRECTORY = parse_policy(
    """
timezone = "America/Chicago"
[[courses]]
name = "CS229"
start = 2027-01-11
end = 2027-03-21
[[courses.class_hours]]
days = ["tue"]
hours = "14:00-16:00"
[[courses.people]]
name = "Rosa Kane"
email = "rosa@uni.edu"
[[courses.people]]
name = "Li Wei"
email = "li@uni.edu"
[[courses]]
name = "CS230"
start = 2027-01-11
end = 2027-03-21
[[courses.class_hours]]
days = ["tue"]
hours = "15:00-17:00"
[[courses.people]]
name = "Li Wei"
email = "li@uni.edu"
"""
).directory
USUAL = timedelta(hours=1)


def minutes(
    hour: int, minute: int, name: str = "KaneRosa-Explore", day: int = 12, **tags: str
) -> float:
    """Tell for how many minutes a notebook may be idle on a Tuesday."""
    now = datetime(2027, 1, day, hour, minute, tzinfo=CHICAGO)
    ctx = EvaluationContext(now=now, directory=DIRECTORY, zone=CHICAGO)
    return idle_after(USUAL, ClassHours(), notebook(name, tags=tags), ctx) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (13, 59, 60),
        (14, 0, 180),
        (15, 59, 180),
        (16, 9, 180),  # what was idle in class counts from its end
        (16, 10, 10),
        (16, 59, 10),
        (17, 0, 60),
    ],
)
def test_class_is_lenient_and_its_end_is_quick(hour: int, minute: int, expected: int) -> None:
    assert minutes(hour, minute) == expected


def test_on_other_days_and_for_other_people_nothing_changes() -> None:
    assert minutes(15, 0, day=13) == 60
    assert minutes(15, 0, "LeeAnn-Explore") == 60


@pytest.mark.parametrize(
    ("hour", "project", "expected"),
    [
        (14, "", 180),  # she may sit in either class
        (16, "", 180),
        (17, "", 60),  # and after it, nobody knows for which course it was
        (14, "CS230", 60),
        (16, "CS230", 180),
        (16, "CS229", 10),
        (17, "CS230", 10),
    ],
)
def test_who_is_in_two_courses_has_class_in_both(hour: int, project: str, expected: int) -> None:
    assert minutes(hour, 30, "WeiLi-Explore", Project=project) == expected


def test_neither_makes_a_stricter_policy_laxer() -> None:
    now = datetime(2027, 1, 12, 16, 30, tzinfo=CHICAGO)
    ctx = EvaluationContext(now=now, directory=DIRECTORY, zone=CHICAGO)
    strict = timedelta(minutes=5)
    assert idle_after(strict, ClassHours(), notebook("KaneRosa-Explore", tags={}), ctx) == strict


def test_where_there_are_courses_it_is_looked_at_as_early_as_after_class() -> None:
    started = datetime(2027, 1, 12, 16, tzinfo=CHICAGO)
    box = notebook("KaneRosa-Explore", started=started)
    ctx = EvaluationContext(now=started, directory=DIRECTORY, zone=CHICAGO)
    assert next_check_at(box, Activity(), Options(), ctx) == started + ClassHours().after
