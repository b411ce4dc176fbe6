"""Courses: hours of class by the wall clock, and who sits in which course."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from costguard.common.calendar import DailyWindow, Day
from costguard.ownership.course import ClassTime, Course, Member, Role, Session
from costguard.ownership.directory import CostLabels, Person
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from tests.factories import notebook

CHICAGO = ZoneInfo("America/Chicago")
DAY = timedelta(days=1)


def course(*hours: str, days: tuple[Day, ...] = tuple(Day), **changes: Any) -> Course:
    known: dict[str, Any] = {"name": "CS229", "start": date(2027, 1, 11), "end": date(2027, 3, 19)}
    times = tuple(ClassTime(days=days, hours=DailyWindow.parse(each)) for each in hours)
    return Course(**known | {"class_hours": times} | changes)


def on(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Tell a time in Chicago."""
    return datetime(2027, month, day, hour, minute, tzinfo=CHICAGO)


def lengths(given: Course, day: datetime) -> list[timedelta]:
    return [end - begin for begin, end in given.sessions(day, day + DAY, CHICAGO)]


def test_class_is_on_its_days_but_for_holidays() -> None:
    held = course("14:00-15:50", days=(Day.TUESDAY,), holidays=(date(2027, 1, 19),))
    tuesdays = [begin for begin, _ in held.sessions(on(1, 1, 0), on(2, 1, 0), CHICAGO)]
    assert tuesdays == [on(1, 12, 14), on(1, 26, 14)]
    assert held.session(on(1, 12, 15), CHICAGO) == (on(1, 12, 14), on(1, 12, 15, 50))
    assert held.session(on(1, 12, 15, 50), CHICAGO) is None
    assert held.session(on(1, 19, 15), CHICAGO) is None


def test_there_is_no_class_before_the_term_and_after_it() -> None:
    held = course("22:00-02:00")
    assert held.session(on(1, 11, 1), CHICAGO) is None
    assert held.session(on(3, 20, 0), CHICAGO) is None
    (last,) = held.sessions(on(3, 19, 12), on(4, 1, 0), CHICAGO)
    assert last == (on(3, 19, 22), on(3, 20, 0))


def test_a_class_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    held = course("22:00-02:00", days=(Day.TUESDAY,))
    assert held.session(on(1, 13, 1), CHICAGO) == (on(1, 12, 22), on(1, 13, 2))
    assert held.session(on(1, 12, 1), CHICAGO) is None


@pytest.mark.parametrize(
    ("day", "hours"), [((3, 13), 3), ((3, 14), 2), ((3, 15), 3)], ids=["before", "jump", "after"]
)
def test_the_clock_jumps_in_spring(day: tuple[int, int], hours: int) -> None:
    assert lengths(course("01:00-04:00"), on(*day, 0)) == [timedelta(hours=hours)]


def test_the_clock_falls_back_in_autumn() -> None:
    held = course("00:30-03:00", start=date(2027, 11, 1), end=date(2027, 11, 30))
    assert lengths(held, on(11, 7, 0)) == [timedelta(hours=3, minutes=30)]


def test_hours_that_overlap_are_one_class() -> None:
    held = course("10:00-12:00", "11:00-13:00", "13:00-14:00", "16:00-17:00")
    assert lengths(held, on(1, 12, 0)) == [timedelta(hours=4), timedelta(hours=1)]


def test_the_last_class_is_found_while_it_is_recent() -> None:
    held = course("14:00-15:50")
    hour = timedelta(hours=1)
    assert held.last_end(on(1, 12, 16), hour, CHICAGO) == on(1, 12, 15, 50)
    assert held.last_end(on(1, 12, 15), hour, CHICAGO) is None
    assert held.last_end(on(1, 12, 17), hour, CHICAGO) is None


COURSES = """
timezone = "America/Chicago"
[[people]]
name = "John Doe"
email = "john@uni.edu"
aliases = ["jd"]
[[courses]]
name = "CS229"
start = 2027-01-11
end = 2027-03-19
project = "vision-class"
[[courses.people]]
name = "Johnny Doe"
email = "John@uni.edu"
logins = ["jdoe3"]
[[courses.people]]
name = "Li Wei"
email = "li@uni.edu"
left = 2027-02-01T00:00:00Z
[[courses.people]]
name = "Ann Lee"
email = "ann@uni.edu"
role = "staff"
[[courses]]
name = "CS230"
start = 2027-02-01
end = 2027-04-30
[[courses.people]]
name = "John Doe"
email = "john@uni.edu"
logins = ["jdoe3"]
"""


@pytest.fixture(scope="module")
def two() -> Policy:
    return parse_policy(COURSES)


def test_one_person_in_several_lists_is_one(two: Policy) -> None:
    john, ann = two.directory.people
    assert john.aliases == ("jd", "Johnny Doe")
    assert john.logins == ("jdoe3",)
    assert type(john) is Person
    assert two.directory.owner(notebook("DoeJohnny-Explore")).charged == john
    assert (ann.name, [p.name for p in two.directory.former]) == ("Ann Lee", ["Li Wei"])


def seat(given: Policy, owner: str, at: datetime, project: str = "") -> str | None:
    found = given.directory.seats.of(owner, project, at)
    return None if found is None else f"{found.role.value} of {found.course.name}"


def test_usage_belongs_to_the_course_that_its_owner_is_in(two: Policy) -> None:
    assert seat(two, "John Doe", on(1, 12, 9)) == "student of CS229"
    assert seat(two, "Ann Lee", on(1, 12, 9)) == "staff of CS229"
    assert seat(two, "John Doe", on(1, 10, 9)) is None
    assert seat(two, "John Doe", on(4, 1, 9)) == "student of CS230"
    assert seat(two, "John Doe (not confirmed)", on(1, 12, 9)) is None


def test_of_two_courses_the_project_tag_names_one(two: Policy) -> None:
    assert seat(two, "John Doe", on(2, 12, 9)) is None
    assert seat(two, "John Doe", on(2, 12, 9), "cs-230") == "student of CS230"
    assert seat(two, "John Doe", on(2, 12, 9), "Vision class") == "student of CS229"


def test_who_left_was_in_the_course_until_then(two: Policy) -> None:
    assert seat(two, "Li Wei", on(1, 12, 9)) == "student of CS229"
    assert seat(two, "Li Wei", on(2, 1, 9)) is None
    assert two.directory.owner(notebook("LiWei-Explore", tags={})).charged is None


def test_two_of_one_name_are_told_apart_even_if_one_left(two: Policy) -> None:
    later = parse_policy(COURSES + '[[courses.people]]\nname = "Li Wei"\nemail = "wei@uni.edu"\n')
    (wei,) = [p for p in later.directory.people if p.name == "Li Wei"]
    assert later.directory.label(wei) == "Li Wei <wei@uni.edu>"
    assert seat(later, "Li Wei", on(3, 1, 9)) is None
    assert seat(two, "Li Wei", on(1, 12, 9))


def test_two_who_cannot_be_told_apart_have_no_course() -> None:
    same = COURSES + '[[courses.people]]\nname = "Max Kim"\n[[courses.people]]\nname = "Kim Max"\n'
    assert seat(parse_policy(same), "Max Kim", on(2, 12, 9)) is None


def test_a_login_is_found_whole_and_never_in_a_name(two: Policy) -> None:
    (john, _) = two.directory.people
    assert two.directory.owner(notebook("try-1", tags={}, creator="JDoe3")).charged == john
    assert two.directory.owner(notebook("try-2", tags={"Name": "jdoe3"})).charged == john
    assert two.directory.owner(notebook("jdoe3-explore", tags={})).charged is None
    assert two.directory.labels(notebook("jdoe3-explore", tags={})) == CostLabels()


def test_staff_is_staff() -> None:
    assert Member(name="Jo").role is Role.STUDENT


def sessions_of(given: Course) -> list[Session]:
    return list(given.sessions(on(1, 1, 0), on(4, 1, 0), CHICAGO))


def test_a_course_without_hours_has_no_class() -> None:
    assert sessions_of(course()) == []
    assert course("10:00-11:00").is_running(on(3, 19, 23), CHICAGO)
    assert not course().is_running(datetime(2027, 3, 20, 6, tzinfo=UTC), CHICAGO)


@pytest.mark.parametrize("shared", ['slack = "#ml"', 'email = "box@uni.edu"'])
@pytest.mark.parametrize("table", ["people", "courses.people"])
def test_people_who_share_a_channel_or_a_mailbox_are_several(shared: str, table: str) -> None:
    course = '[[courses]]\nname = "A"\nstart = 2027-01-01\nend = 2027-02-01\n'
    two = "".join(f'[[{table}]]\nname = "{name}"\n{shared}\n' for name in ("Ann Lee", "Bo Ek"))
    found = parse_policy(f"{course}{two}").directory
    assert [each.name for each in found.people] == ["Ann Lee", "Bo Ek"]
    assert [each.person.name for each in found.enrolments] == (
        ["Ann Lee", "Bo Ek"] if table == "courses.people" else []
    )
    assert all(found.owner(notebook(name)).charged for name in ("LeeAnn-Try", "EkBo-Try"))


def test_a_login_that_two_lists_have_is_one_person() -> None:
    people = '[[courses.people]]\nname = "Jo Lee"\nlogins = ["jl7"]\n'
    by_mail = people + 'email = "jo@uni.edu"\n'
    text = '[[courses]]\nname = "{}"\nstart = 2027-01-01\nend = 2027-02-01\n'
    found = parse_policy(text.format("A") + people + text.format("B") + by_mail).directory
    (jo,) = found.people
    assert jo.email == "jo@uni.edu"
    assert {each.person for each in found.enrolments} == {*found.people}


@pytest.mark.parametrize(
    ("zone", "jump"),
    [
        ("America/Chicago", date(2027, 3, 14)),
        ("Europe/Berlin", date(2027, 3, 28)),
        ("America/Santiago", date(2026, 9, 6)),  # at midnight
        ("Australia/Lord_Howe", date(2026, 10, 4)),  # by half an hour
    ],
)
@pytest.mark.parametrize(
    "hours", ["01:30-02:30", "02:15-02:45", "02:30-04:00", "22:00-00:30", "00:15-02:10"]
)
def test_where_the_clock_jumps_class_is_what_the_clock_shows(
    zone: str, jump: date, hours: str
) -> None:
    info, start = ZoneInfo(zone), jump - DAY
    given = course(hours, start=start, end=jump + DAY)
    window, minute = DailyWindow.parse(hours), timedelta(minutes=1)
    begins, ends = given.bounds(info)
    at = begins
    while at < ends:
        day = window.day_of(at.astimezone(info))
        assert (given.session(at, info) is not None) is (day is not None and day >= start), at
        at += minute * 15
