"""Rosters at run time: people join and leave without a deployment; a bad file changes nothing."""

from datetime import datetime, timedelta
from decimal import Decimal

from costguard.app.sweep import sweep
from costguard.costs.course_spend import CourseMeter
from costguard.costs.price_list import SOURCE
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.ownership.course import Role
from costguard.ownership.directory import CostLabels
from costguard.policy.exceptions import ExceptionRequest, ExceptionState
from costguard.resources.model import InstanceGroup, Resource
from tests.factories import at, notebook, policy
from tests.scenarios.account import Account

COURSE = """
[[courses]]
name = "CS229"
start = 2026-11-01
end = 2026-12-18
roster = "cs229.csv"
[[courses.people]]
name = "Tia Aide"
email = "tia@uni.edu"
role = "staff"
"""
GOOD = b"name,email\nRosa Kane,rosa@uni.edu\nTia Aide,tia@uni.edu\n"
BAD = b"name,email\nRosa Kane,rosa@uni.edu\nMax Mustermann,<b>max\n"


def account(data: bytes | None = None, *resources: Resource) -> Account:
    made = Account(policy(COURSE), *resources)
    if data is not None:
        made.rosters.files["cs229.csv"] = data
    return made


def test_a_roster_is_known_in_the_sweep_that_reads_it() -> None:
    given = account(GOOD, notebook("KaneRosa-Explore", tags={}))
    sweep(given.sweep_ports, now=at(1))
    assert {notice.owner["email"] for notice in given.notices} == {"rosa@uni.edu"}


def test_whom_the_policy_lists_goes_before_the_roster() -> None:
    given = account(GOOD)
    sweep(given.sweep_ports, now=at(1))
    seats = given.sweep_ports.policy.directory.seats
    found = [seats.of(name, "", at(2)) for name in ("Rosa Kane", "Tia Aide")]
    assert [each and each.role for each in found] == [Role.STUDENT, Role.STAFF]


def test_who_is_not_in_the_next_roster_has_left_and_may_come_back() -> None:
    given = account(GOOD)
    sweep(given.sweep_ports, now=at(1))
    given.rosters.files["cs229.csv"] = b"name,email\nJoe Ek,joe@uni.edu\n"
    sweep(given.sweep_ports, now=at(2))
    seats = given.sweep_ports.policy.directory.seats
    assert seats.of("Rosa Kane", "", at(1.5))
    assert seats.of("Rosa Kane", "", at(2)) is None
    assert given.sweep_ports.policy.directory.person("Rosa Kane") is None
    sweep(given.sweep_ports, now=at(3))
    assert seats.of("Rosa Kane", "", at(2)) is None
    given.rosters.files["cs229.csv"] = GOOD
    sweep(given.sweep_ports, now=at(4))
    assert given.sweep_ports.policy.directory.seats.of("Rosa Kane", "", at(5))


def test_a_bad_file_is_told_once_and_the_last_good_one_holds() -> None:
    given = account(GOOD)
    sweep(given.sweep_ports, now=at(1))
    given.rosters.files["cs229.csv"] = BAD
    for hour in (2, 3, 4):
        sweep(given.sweep_ports, now=at(hour))
    (text,) = [each for each in given.summaries if "cs229.csv" in each]
    assert "line 3, column 'email': expected one e-mail address" in text
    assert "got '<b>max'" in text
    assert "The last good one holds: of Mon 23 Nov 2026" in text
    assert "with 2 people" in text
    assert given.sweep_ports.policy.directory.person("Rosa Kane")
    given.rosters.files["cs229.csv"] = BAD + b"x\n"
    sweep(given.sweep_ports, now=at(5))
    assert len([each for each in given.summaries if "cs229.csv" in each]) == 2


def test_a_first_file_that_is_bad_leaves_nobody() -> None:
    given = account(BAD)
    sweep(given.sweep_ports, now=at(1))
    assert "There was no good one before" in given.summaries[0]


def test_a_file_that_cannot_be_read_is_told_once_a_day() -> None:
    given = account()
    for hour in (1, 2, 3, 30):
        sweep(given.sweep_ports, now=at(hour))
    told = [each for each in given.summaries if "cannot be read" in each]
    assert len(told) == 2
    assert "s3://uni/cs229.csv: AccessDenied" in told[0]
    given.rosters.files["cs229.csv"] = b"name\nJo\n"
    sweep(given.sweep_ports, now=at(31))
    given.rosters.unreadable = True
    sweep(given.sweep_ports, now=at(60))
    assert "with 1 person" in given.summaries[-1]


def test_nobody_is_named_in_the_log_of_a_roster() -> None:
    given = account(BAD)
    sweep(given.sweep_ports, now=at(1))
    given.rosters.files["cs229.csv"] = GOOD
    sweep(given.sweep_ports, now=at(2))
    said = [row for row in given.log if "roster" in str(row)]
    assert len(said) == 2
    assert not any(name in str(said) for name in ("Rosa", "Kane", "max", "uni.edu"))


def test_a_roster_that_is_read_now_keeps_what_an_admin_has_approved() -> None:
    rules = ("missing-tags", "idle", "instance-type", "naming")
    given = account(GOOD, notebook("KaneRosa-Explore", tags={}))
    given.exceptions.rows["1"] = ExceptionRequest(
        id="1",
        kind="notebook-instance",
        name="KaneRosa-Explore",
        types=("ml.t3.medium",),
        rules=rules,
        by="Rosa Kane",
        why="a paper",
        asked=at(0),
        until=at(48),
        state=ExceptionState.APPROVED,
        decided=at(0),
    )
    with_exception = [n for n in _told(given) if "KaneRosa" in n]
    del given.exceptions.rows["1"]
    given.rosters.kept.clear()
    assert (with_exception, _told(given)) == ([], ["KaneRosa-Explore"])


def _told(given: Account) -> list[str]:
    """Sweep with a roster that is new, and list what notices were about."""
    before = len(given.notices)
    sweep(given.sweep_ports, now=at(1))
    return [notice.resource["name"] for notice in given.notices[before:]]


def test_the_same_class_with_other_columns_is_the_same_people() -> None:
    given = account(b'Student,SIS Login ID\n"Kane, Rosa",rk7\n"Ek, Joe",je9\n')
    sweep(given.sweep_ports, now=at(1))
    given.rosters.files["cs229.csv"] = b"Name,E-Mail\nRosa Kane,rosa@uni.edu\nJoe Ek,joe@uni.edu\n"
    sweep(given.sweep_ports, now=at(2))
    directory = given.sweep_ports.policy.directory
    assert directory.former == ()
    rosa = directory.person("Rosa Kane")
    assert rosa
    assert (directory.label(rosa), rosa.email) == ("Rosa Kane", "rosa@uni.edu")


def test_whom_the_policy_names_without_an_address_has_that_of_the_roster() -> None:
    course = COURSE.replace('email = "tia@uni.edu"\n', "")
    given = Account(policy(course))
    given.rosters.files["cs229.csv"] = GOOD
    sweep(given.sweep_ports, now=at(1))
    directory = given.sweep_ports.policy.directory
    tia = directory.person("Tia Aide")
    assert tia
    assert tia.email == "tia@uni.edu"
    assert [each.role for each in directory.enrolments] == [Role.STUDENT, Role.STAFF]


def an_hour(owner: str, since: datetime) -> Usage:
    return Usage(
        kind="notebook-instance",
        name="n",
        component="notebook",
        region="us-east-2",
        groups=(InstanceGroup("ml.g5.xlarge", 1),),
        start=since,
        end=since + timedelta(hours=1),
        labels=CostLabels(owner=owner),
    )


def shares(given: Account, *used: tuple[str, float]) -> dict[str, int]:
    """Add up an hour of each owner, by the rosters that are kept now."""
    now = given.sweep_ports.policy
    prices = Prices({("us-east-2", "notebook", "ml.g5.xlarge"): Price(Decimal(1), SOURCE, "")})
    meter = CourseMeter(now.directory.seats, now.courses, prices)
    for owner, hour in used:
        meter.add(UsageSlice(an_hour(owner, at(hour)), at(0), at(99)))
    return {each.name: int(each.usd) for each in meter.tallies["CS229"].people.values()}


def read_in_turn(*files: bytes) -> Account:
    given = account(files[0])
    for hour, data in enumerate(files):
        given.rosters.files["cs229.csv"] = data
        sweep(given.sweep_ports, now=at(10 * hour))
    return given


def test_who_is_called_otherwise_in_the_next_roster_keeps_what_she_has_spent() -> None:
    given = read_in_turn(
        b"name,email\nRosa Kane,rosa@uni.edu\n",
        b"name,email\nRosa Maria Smith,rosa@uni.edu\n",
        b"name,email\nRosa Smith,rosa@uni.edu\n",
    )
    used = ("Rosa Kane", 2), ("Rosa Maria Smith", 12), ("Rosa Smith", 22)
    assert shares(given, *used) == {"Rosa Smith": 3}


def test_who_has_a_namesake_from_some_day_on_keeps_what_she_has_spent() -> None:
    given = read_in_turn(
        b"name,email\nLi Wei,li@uni.edu\n",
        b"name,email\nLi Wei,li@uni.edu\nLi Wei,wei@uni.edu\n",
    )
    used = ("Li Wei", 2), ("Li Wei <li@uni.edu>", 12), ("Li Wei <wei@uni.edu>", 12)
    assert shares(given, *used) == {"Li Wei <li@uni.edu>": 2, "Li Wei <wei@uni.edu>": 1}
    assert shares(given, ("Li Wei", 12)) == {}


def test_who_takes_over_a_name_takes_over_no_spend() -> None:
    given = read_in_turn(
        b"name,email\nRosa Kane,rosa@uni.edu\n",
        b"name,email\nRosa Smith,rosa@uni.edu\nRosa Kane,new@uni.edu\n",
    )
    used = ("Rosa Kane", 2), ("Rosa Kane", 12)
    assert shares(given, *used) == {"Rosa Smith": 1, "Rosa Kane": 1}
