"""Courses in the summary: their section, their table and their CSV."""

from datetime import UTC, datetime, timedelta

import pytest

from costguard.ownership.directory import CostLabels
from costguard.reports.period import Period
from tests.unit.reports.test_summary import NOW, FakeReporter, usage

COURSE = """
timezone = "America/Chicago"
[[courses]]
name = "CS 229: Learning"
start = 2026-11-01
end = 2026-12-20
budget = 2
per_student = 1
class_hours = [{ days = ["mon"], hours = "06:00-06:30" }]
[[courses.people]]
name = "Rosa Kane"
email = "rosa@uni.edu"
[[courses.people]]
name = "=Evil"
[[courses.people]]
name = "Tia Aide"
role = "staff"
[[courses.people]]
name = "Li Wei"
email = "li@uni.edu"
left = 2026-11-20T00:00:00Z
[rules.over-budget]
"""
LABELS = CostLabels(owner="Rosa Kane")
RAN = usage("KaneRosa-Try", 24, runs=True, labels=LABELS)


class Pages(FakeReporter):
    """A reporter that keeps every page by its key."""

    def __init__(self, *usages: object, rules: str = COURSE) -> None:
        super().__init__(*usages, rules=rules)  # type: ignore[arg-type]
        self.pages: dict[str, str] = {}

    def _publish(self, key: str, html: str) -> str:
        self.pages[key] = html
        return super()._publish(key, html)


def test_a_course_has_its_section_its_table_and_its_file() -> None:
    reporter = Pages(RAN)
    text = reporter.report()
    assert "COURSE CS 229: Learning, 01 Nov to 20 Dec 2026: 2 students, 1 staff (estimated)" in text
    assert "60 %; 7 days ahead of the course's plan; ends " in text
    assert "shares of students: 1 used up, 0 above 80 %; $1.00 left" in text
    assert " 117 %  Rosa Kane: $1.18 of $1.00" in text
    assert "everybody, as CSV: https://console/week/2026-11-23-cs-229-learning.csv" in text
    lines = reporter.pages["week/2026-11-23-cs-229-learning.csv"].splitlines()
    assert lines[1] == "Rosa Kane,rosa@uni.edu,student,,1.18,1.00,-0.18,0.03,23.50,0.50"
    assert "'=Evil,,student,,0.00,1.00,1.00,0.00,0.00,0.00" in lines
    assert "Li Wei,li@uni.edu,student,2026-11-20,0.00,1.00,1.00,0.00,0.00,0.00" in lines
    assert "Tia Aide,,staff,,0.00,,,0.00,0.00,0.00" in lines
    assert "Course CS 229: Learning" in reporter.page
    assert "student (left)" in reporter.page


def test_a_day_has_the_section_and_no_file() -> None:
    reporter = Pages(RAN)
    assert "COURSE CS 229" in reporter.report(Period.DAY)
    assert list(reporter.pages) == ["day/2026-11-23.html"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (28, "COURSE CS 229: Learning, 01 Nov to 20 Dec 2026"),
        (40, "0 used up, 0 above 80 %; $2.00 unspent"),
        (100, ""),
    ],
)
def test_a_course_is_told_of_until_a_month_after_its_end(days: int, said: str) -> None:
    text = Pages().report(now=NOW + timedelta(days=days))
    assert said in text
    assert ("COURSE" in text) is bool(said)
    assert "plan" not in text or days < 30


def test_a_course_that_has_not_begun_is_not_there() -> None:
    assert "COURSE" not in Pages().report(now=datetime(2026, 10, 20, 13, tzinfo=UTC))


def test_a_course_says_what_it_does_not_know() -> None:
    twins = '[[courses.people]]\nname = "Max Kim"\n[[courses.people]]\nname = "Kim Max"\n'
    rules = COURSE.replace("[rules.over-budget]", twins).replace("budget = 2\nper_student = 1", "")
    odd = usage("KaneRosa-Odd", 4, runs=True, labels=LABELS, region="mars-1")
    text = Pages(odd, rules=rules).report()
    assert "1 staff, 2 who cannot be told apart and are charged for nothing" in text
    assert "unpriced, in none of these sums: ml.t3.medium notebook in mars-1" in text
    assert "shares of students" not in text
    assert "its budget" not in text


def test_an_even_pace_is_on_the_plan() -> None:
    even = COURSE.replace("budget = 2", "budget = 2.69")
    assert "44 %; on the course's plan; lasts" in Pages(RAN, rules=even).report()
    slow = COURSE.replace("budget = 2\n", "budget = 20\n")
    assert "6 %; 19 days behind the course's plan; lasts" in Pages(RAN, rules=slow).report()


def test_no_two_courses_have_one_file() -> None:
    names = ["CS 229", "機械学習", "数学", "ÄI 1", "ÖI 1"]
    rules = "".join(
        f'[[courses]]\nname = "{name}"\nstart = 2026-11-01\nend = 2026-12-20\n' for name in names
    )
    reporter = Pages(rules=rules)
    reporter.report()
    files = ("cs-229.csv", "course.csv", "course.2.csv", "i-1.csv", "i-1.2.csv")
    assert list(reporter.pages)[:-1] == [f"week/2026-11-23-{each}" for each in files]
