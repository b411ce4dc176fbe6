"""Keep-until: what is granted, what is refused and why; working hours; who launched what."""

from copy import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from costguard.common.calendar import WorkingHours
from costguard.idleness.job_attribution import NotebookIndex
from costguard.idleness.keep_until import TAG, KeepDecision, KeepLimits, decide_keep, with_request
from costguard.ownership.directory import Directory
from costguard.resources.activity import KeepRequest
from tests.factories import JANE, JOHN, PEOPLE, at, notebook, training_job

CHICAGO = ZoneInfo("America/Chicago")
NOW = at(2)  # Monday, 10:00 in Chicago


def keep(value: str, *kept: KeepRequest) -> KeepDecision:
    return decide_keep({TAG: value}, kept, KeepLimits(times=2), zone=CHICAGO, now=NOW)


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("2026-11-23T18:00:00Z", 4),
        ("2026-11-23T12:00-06:00", 4),
        ("2026-11-23 12:00", 4),  # without a zone it is the policy's
        ("2026-11-23T22:00", 14),
    ],
)
def test_a_time_within_the_limits_is_granted(value: str, hours: float) -> None:
    assert keep(value).until == at(hours)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("2026-11-23T22:01", "at most 12 h are allowed"),
        ("tomorrow", "a time such as 2026-11-23T13:00-06:00 is expected"),
        ("0001-01-01T00:00+14:00", "a time such as"),
        ("forever\u202e", "(forever) is refused"),
    ],
)
def test_another_value_is_refused_with_the_reason(value: str, why: str) -> None:
    refused = keep(value).refused
    assert refused is not None
    assert why in refused


def test_without_the_tag_nothing_is_asked() -> None:
    assert decide_keep(None, (), KeepLimits(), zone=UTC, now=NOW) == KeepDecision()


def test_a_value_counts_from_when_it_was_first_seen() -> None:
    value = "2026-11-23T23:00"
    assert keep(value, KeepRequest(value, at(0))).refused
    assert keep(value, KeepRequest(value, at(4))).until == at(15)


def test_more_keeps_than_allowed_are_refused_and_refused_ones_do_not_count() -> None:
    earlier = [KeepRequest("2026-11-22T12:00", at(-24)), KeepRequest("2026-11-23T09:00", at(0))]
    assert "kept 2 times in 7 d already" in str(keep("2026-11-23T15:00", *earlier).refused)
    bad = [KeepRequest("2027-01-01", at(-24)), KeepRequest("soon", at(0))]
    assert keep("2026-11-23T15:00", *bad).until == at(7)


def test_keeps_of_last_week_are_forgiven() -> None:
    old = [
        KeepRequest("2026-11-15T12:00", at(-24 * 8)),
        KeepRequest("2026-11-14T12:00", at(-24 * 9)),
    ]
    assert keep("2026-11-23T15:00", *old).until == at(7)


def test_a_value_is_remembered_once_and_the_oldest_are_dropped() -> None:
    kept: tuple[KeepRequest, ...] = ()
    for number in range(60):
        for _ in range(2):
            kept = with_request({TAG: str(number)}, kept, NOW)
    assert [k.value for k in kept] == [str(n) for n in range(10, 60)]
    assert with_request({}, kept, NOW) == kept


OFFICE = WorkingHours(holidays=(date(2026, 11, 26),))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), True),  # Monday 08:00
        (datetime(2026, 11, 23, 13, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 0, 0, tzinfo=UTC), False),  # Monday 18:00
        (datetime(2026, 11, 26, 16, 0, tzinfo=UTC), False),  # Thanksgiving
        (datetime(2026, 11, 28, 16, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 7, 1, 13, 0, tzinfo=UTC), True),  # 08:00 in summer
    ],
)
def test_working_hours_are_the_zones(moment: datetime, is_open: bool) -> None:  # noqa: FBT001
    assert OFFICE.is_open(moment, CHICAGO) is is_open


MINE, SECOND = notebook("DoeJohn-Explore"), notebook("DoeJohn-Second")
HERS = notebook("RoeJane-Explore", tags={"Name": "Jane Roe"})


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        ("churn", {"Notebook": "doejohn-explore"}, [MINE]),
        ("churn", {"From": MINE.arn}, [MINE]),
        ("DoeJohn-Explore-2026-11-23-14-00-00-123", {}, [MINE]),
        ("doejohn-second-train", {"Name": "John Doe"}, [SECOND]),
        ("churn", {"Name": "John Doe"}, [MINE, SECOND]),
        ("churn-RoeJane", {}, [HERS]),
        ("churn", {}, []),
        ("churn", {"Name": "Max Moe"}, []),
    ],
)
def test_a_job_is_its_launchers(name: str, tags: dict[str, str], expected: object) -> None:
    notebooks = [MINE, SECOND, HERS]
    assert NotebookIndex(notebooks, PEOPLE).of(training_job(name, tags=tags)) == expected


def test_what_belongs_to_nobody_launches_nothing() -> None:
    nobody = notebook("x", tags={})
    known = NotebookIndex([nobody], Directory(people=(JOHN, JANE)))
    assert known.of(training_job("y", tags={})) == []


def test_a_keep_lasts_as_long_as_the_policy_says() -> None:
    limits = KeepLimits(at_most=timedelta(hours=1))
    asked = {TAG: "2026-11-23T16:30Z"}
    assert decide_keep(asked, (), limits, zone=UTC, now=NOW).until == at(2.5)


def test_a_job_is_of_a_notebook_in_its_own_account_and_region() -> None:
    place = "222233334444/eu-west-1"
    here = notebook("DoeJohn-Explore")
    there = replace(here, place=place, arn=here.arn.replace("us-east-2", "eu-west-1"))
    known = NotebookIndex([here, there], PEOPLE)
    for job in (training_job("DoeJohn-Explore-1"), training_job("x", tags={"Name": "John Doe"})):
        assert known.of(job) == [here]
        assert known.of(replace(job, place=place)) == [there]
