"""The sweep guarantees coverage: no error stops it, and it catches up on missed work."""

from collections.abc import Sequence

import pytest

from costguard.resources.model import Resource, ResourceStatus
from tests.factories import (
    GOOD_TAGS,
    at,
    notebook,
    policy,
    processing_job,
    training_job,
    with_rule,
)
from tests.fakes import Refused
from tests.scenarios.account import Account, stages

NAME = "DoeJohn-ExploreSageMaker"


def test_one_bad_resource_does_not_blind_the_sweep_and_is_raised_at_the_end() -> None:
    account = Account(policy(), training_job("broken", tags={}), notebook(NAME, tags={}))
    account.unreadable["broken"] = Refused("throttled")
    with pytest.raises(ExceptionGroup, match="1 of its tasks") as caught:
        account.sweep(at(1))
    assert caught.value.exceptions == (account.unreadable["broken"],)
    assert account.new_notices() == [("warning", NAME)]


def test_a_kind_that_could_not_be_listed_is_raised_at_the_end() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.inventory_errors = (Refused("ListTrainingJobs"),)
    with pytest.raises(ExceptionGroup):
        account.sweep(at(1))
    assert account.new_notices() == [("warning", NAME)]
    assert account.counted[-1]["TaskFailures"] == 1
    assert "swept" in account.markers  # so late events are still known to be late


def test_each_failure_of_a_sweep_is_raised_and_counted_once() -> None:
    account = Account(policy(), notebook(NAME, tags={}), training_job("broken", tags={}))
    account.unreadable["broken"] = Refused("throttled")
    account.sns_fails = True
    with pytest.raises(ExceptionGroup) as caught:
        account.sweep(at(1))
    assert len(caught.value.exceptions) == 2
    assert account.counted[-1]["TaskFailures"] == 2


def test_a_sweep_that_went_well_says_so_and_counts() -> None:
    account = Account(policy(), notebook(NAME, tags={}), notebook("RoeJane-Explore"))
    numbers = {"ResourcesEvaluated": 2, "Violations": 1, "Unknowns": 0, "Unobservable": 0}
    numbers |= {"StopsDue": 0, "StopsUnheard": 0, "StopsHeld": 0, "TaskFailures": 0}
    numbers |= {"OldestStopSeconds": 0, "OldestNoticeSeconds": 0}
    numbers |= {"OldestUntakenNoticeSeconds": 0, "ProbesRefused": 0}
    assert account.sweep(at(1)) == numbers
    assert account.counted == [{"WarningsSent": 1}, numbers]
    assert account.markers["swept"] == at(1)


def test_something_that_is_stopping_and_cannot_be_read_is_raised() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.event(NAME, at(0))
    account.sweep(at(4))
    account.enforce()
    account.unreadable[NAME] = Refused("throttled")
    with pytest.raises(ExceptionGroup):
        account.sweep(at(5))


def test_a_stopped_notebook_is_not_looked_at_again_and_again() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.event(NAME, at(0))
    account.run(at(4))
    account.unreadable[NAME] = Refused("nobody should look")
    assert account.sweep(at(5))["ResourcesEvaluated"] == 0


def test_the_end_of_a_job_that_no_event_told_of_is_seen() -> None:
    account = Account(policy(), training_job("job", tags={}))
    account.event("job", at(0))
    account.change("job", status=ResourceStatus.STOPPED)
    account.sweep(at(2))
    assert not account.case("job").is_open


def test_a_notice_that_could_not_be_told_waits_and_is_told_by_a_sweep() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.sns_fails = True
    with pytest.raises(Refused):
        account.event(NAME, at(1))
    account.sns_fails = False
    account.event(NAME, at(1.01))
    account.sweep(at(1.02))
    assert account.notices == []
    account.sweep(at(1.1))
    account.sweep(at(1.2))
    assert account.new_notices() == [("warning", NAME)]


def test_a_resent_notice_is_the_very_same() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.sns_fails = True
    with pytest.raises(Refused):
        account.event(NAME, at(1))
    waiting = account.case(NAME).outbox[0]
    account.sns_fails = False
    account.sweep(at(2))
    assert account.notices[0].id == waiting.id
    assert account.notices[0].findings[0]["rule"] == "missing-tags"
    assert account.case(NAME).outbox == ()


def test_a_case_that_expires_while_its_notice_is_resent_stays_gone() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.sns_fails = True
    with pytest.raises(Refused):
        account.event(NAME, at(1))
    account.sns_fails = False
    account.cases_expire = True
    account.sweep(at(2))
    assert stages(account.notices) == ["warning"]
    assert account.ledger == {}


def capped(*resources: Resource) -> Account:
    """Make an account where one person may run two instances at once."""
    return Account(with_rule(policy(), "too-many", per_owner=2), *resources)


def jobs(names: Sequence[str]) -> list[Resource]:
    return [training_job(name, started=at(i)) for i, name in enumerate(names)]


def test_an_event_does_not_judge_what_only_the_whole_fleet_tells() -> None:
    account = capped(*jobs(["one", "two", "three"]))
    assert account.event("three", at(4)) == "looked"
    assert (account.notices, account.ledger) == ([], {})


def test_above_the_cap_of_one_owner_the_newest_is_stopped() -> None:
    account = capped(*jobs(["one", "two", "three"]))
    account.sweep(at(4))
    assert account.enforce() == ["accepted"]
    assert account.stopped == ["three"]


def test_enforce_looks_at_the_whole_fleet_again() -> None:
    account = capped(*jobs(["one", "two", "three"]))
    account.sweep(at(4))
    account.delete("one")
    assert account.enforce() == ["not-due"]
    assert account.stopped == []


def test_enforce_gives_the_reference_back_when_it_cannot_see_the_fleet() -> None:
    account = capped(*jobs(["one", "two", "three"]))
    account.sweep(at(4))
    account.inventory_errors = (Refused("ListTrainingJobs"),)
    with pytest.raises(ExceptionGroup, match="whole fleet"):
        account.enforce()
    assert account.stopped == []


def test_other_owners_do_not_count() -> None:
    account = capped(*jobs(["one", "two"]), training_job("hers", tags=GOOD_TAGS | {"Name": "Jane"}))
    account.run(at(4))
    assert account.stopped == []
    assert account.notices == []


def test_an_event_between_two_sweeps_does_not_pardon_what_only_the_fleet_tells() -> None:
    account = capped(*(notebook(f"DoeJohn-{i}", started=at(i)) for i in range(3)))
    account.sweep(at(4))
    account.event("DoeJohn-2", at(4.1))
    assert account.new_notices() == [("warning", "DoeJohn-2")]
    account.run(at(4.25))
    assert account.stopped == ["DoeJohn-2"]


PARENT = "arn:aws:sagemaker:us-east-2:123456789012:{}/{}"


def test_each_schedule_or_job_that_is_not_judged_is_told_once_for_all_that_it_makes() -> None:
    monitor, study = PARENT.format("calendar", "hourly"), PARENT.format("study", "x")
    account = Account(policy())
    for hour in range(3):  # a schedule makes a new job each hour, a study many at once
        made = [processing_job(f"monitor-{hour}", parent=monitor)]
        made += [training_job(f"study-{hour}-{n}", parent=study) for n in range(3)]
        account.resources = {each.ref.key: each for each in made}
        account.sweep(at(hour))
    assert stages(account.notices) == ["failed", "failed"]
    assert {notice.resource["name"] for notice in account.notices} == {"monitor-0", "study-0-0"}


def test_the_notice_about_a_parent_is_the_very_same_after_its_marker_was_lost() -> None:
    monitor = PARENT.format("calendar", "x")
    account = Account(policy(), processing_job("a", parent=monitor))
    account.sweep(at(0))
    account.markers.clear()
    account.sweep(at(25))  # a day later the sweep that died lets go
    first, again = account.notices
    assert first.id == again.id


def test_what_an_unjudged_parent_makes_is_neither_warned_nor_stopped_nor_kept_in_a_case() -> None:
    odd = training_job("a", tags={}, parent=PARENT.format("unheard-of", "x"))
    account = Account(policy(), odd)
    account.run(at(0))
    account.run(at(9))
    assert (stages(account.notices), account.stopped) == (["failed"], [])
    assert not account.ledger
