"""Stops that come too early, too late, fail, or take too long."""

from contextlib import suppress
from copy import replace

import pytest

from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, policy, training_job
from tests.fakes import Refused
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"


def due(**changes: object) -> Account:
    """Make an account with one notebook whose deadline has passed, its stop asked for."""
    account = Account(policy(), notebook(NAME, tags={}))
    account.event(NAME, at(0))
    account.sweep(at(4))
    account.change(NAME, **changes)
    return account


def test_a_pending_notebook_is_judged_when_it_is_in_service() -> None:
    account = Account(policy(), notebook(NAME, tags={}, status=ResourceStatus.STARTING))
    account.event(NAME, at(0))
    assert account.notices == []
    account.change(NAME, status=ResourceStatus.RUNNING)
    account.event(NAME, at(0.1))
    assert account.new_notices() == [("warning", NAME)]


@pytest.mark.parametrize(
    "status", [ResourceStatus.STARTING, ResourceStatus.STOPPING, ResourceStatus.STOPPED]
)
def test_what_does_not_run_is_not_asked_to_stop(status: ResourceStatus) -> None:
    account = due(status=status)
    assert account.enforce() == ["not-due"]
    assert account.stopped == []


def test_a_status_that_aws_added_after_us_is_left_alone() -> None:
    account = due(status=ResourceStatus.UNKNOWN)
    assert account.enforce() == ["not-due"]
    account.sweep(at(9))
    assert account.case(NAME).findings


def test_a_notebook_that_is_gone_closes_its_case() -> None:
    account = due()
    deleted = account.state_change_event(NAME, at(5))
    account.delete(NAME)
    assert account.enforce() == ["gone"]
    assert account.deliver(deleted) == "gone"
    assert not account.case(NAME).is_open
    assert account.new_notices() == [("warning", NAME)]


def test_a_stop_that_ends_with_the_notebook_gone_closes_its_case() -> None:
    account = due()
    account.enforce()
    account.delete(NAME)
    account.sweep(at(5))
    assert not account.case(NAME).is_open
    assert account.new_notices() == [("warning", NAME)]


def test_an_old_event_of_something_gone_leaves_its_closed_case_alone() -> None:
    account = due()
    deleted = account.state_change_event(NAME, at(5))
    account.delete(NAME)
    account.deliver(deleted)
    version = account.case(NAME).version
    account.deliver(deleted)
    assert account.case(NAME).version == version


def test_a_gap_leaves_a_stop_that_failed_as_it_is() -> None:
    job = training_job("big", **on("ml.p4d.24xlarge"))
    account = Account(policy(), job)
    account.event("big", at(0))
    account.stop_results = [Refused("throttled")]
    with pytest.raises(Refused):
        account.enforce()
    account.change("big", groups=None, instances=None)
    account.event("big", at(0.1))
    assert account.case("big").stopping == at(0)
    assert account.queue == []


def test_a_refused_stop_for_the_wrong_state_is_tried_again_later() -> None:
    account = due()
    account.stop_results = ["not-running"]
    assert account.enforce() == ["not-running"]
    account.run(at(4.2))
    assert account.stopped == [NAME, NAME]
    assert account.new_notices() == [("warning", NAME), ("stopped", NAME)]


def test_a_stop_that_was_accepted_and_did_nothing_is_asked_for_again_after_5_minutes() -> None:
    account = due()
    account.enforce()
    account.change(NAME, status=ResourceStatus.RUNNING)
    account.run(at(4 + 4 / 60))
    assert account.stopped == [NAME]
    account.run(at(4 + 5 / 60))
    assert account.stopped == [NAME, NAME]


def test_a_stop_that_fails_is_written_down_and_asked_for_again() -> None:
    account = due()
    account.stop_results = [Refused("throttled")]
    reference = account.queue[0]
    with pytest.raises(Refused):
        account.enforce()
    account.queue = [reference]
    assert account.enforce() == ["accepted"]
    said = [what for what, _ in account.audited if "stop" in what]
    assert said == ["asked-to-stop", "stop-failed", "asked-to-stop", "stop-accepted"]


def test_a_stop_that_failed_is_forgotten_once_its_reason_is_gone() -> None:
    account = due()
    account.stop_results = [Refused("throttled")]
    with pytest.raises(Refused):
        account.enforce()
    account.change(NAME, tags=GOOD_TAGS)
    account.run(at(4.1))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.event(NAME, at(9))
    assert account.new_notices() == [("warning", NAME), ("all-clear", NAME)]
    assert not account.case(NAME).is_open


def test_a_failure_that_cannot_be_written_down_is_still_raised() -> None:
    account = due()
    account.stop_results = [Refused("throttled")]
    account.cases_expire = True
    with pytest.raises(Refused):
        account.enforce()


def test_a_stop_that_takes_30_minutes_is_told_to_the_admins_once() -> None:
    account = due()
    account.enforce()
    for minutes in (29, 30, 40, 90):
        account.sweep(at(4 + minutes / 60))
    assert account.new_notices() == [("warning", NAME), ("failed", NAME)]
    assert account.notices[-1].audience == "admins"
    assert "30 minutes" in account.notices[-1].reason


def test_a_notebook_that_runs_on_after_its_stop_for_30_minutes_is_told_too() -> None:
    account = due()
    for minutes in (0, 10, 20, 31, 40):
        account.stop_results = ["not-running"]
        account.sweep(at(4 + minutes / 60))
        account.enforce()
    assert [stage for stage, _ in account.new_notices()] == ["warning", "failed"]


def test_a_stuck_stop_that_ends_after_all_is_told_as_stopped() -> None:
    account = due()
    account.enforce()
    account.sweep(at(5))
    account.settle(at(6))
    assert [stage for stage, _ in account.new_notices()] == ["warning", "failed", "stopped"]


def test_somebody_else_stops_a_notebook_without_any_word_of_ours() -> None:
    account = Account(policy(), notebook(NAME, status=ResourceStatus.STOPPING))
    account.event(NAME, at(0))
    assert (account.notices, account.ledger) == ([], {})


def test_a_job_whose_stop_is_asked_for_twice_is_told_once() -> None:
    account = Account(policy(), training_job("big", **on("ml.p4d.24xlarge")))
    account.event("big", at(0))
    account.enforce()
    account.settle(at(0.1))
    account.event("big", at(0.2))
    account.run(at(1))
    assert account.new_notices() == [("stopped", "big")]


def test_no_case_waits_for_a_stop_that_could_not_be_written_down() -> None:
    account = due()
    account.unwritable = {"asked-to-stop"}
    with pytest.raises(Refused):
        account.enforce()
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.event(NAME, at(5))
    assert (account.stopped, account.new_notices()) == ([], [("warning", NAME)])


@pytest.mark.parametrize("unwritten", ["stop-accepted", "told-stopped"])
def test_how_a_stop_ended_is_in_the_audit_whoever_died_on_the_way(unwritten: str) -> None:
    account = due()
    account.unwritable = {unwritten}
    for act in (account.enforce, lambda: account.settle(at(4.1))):
        with suppress(Refused):
            act()
    assert ("stop-confirmed", NAME) in account.audited


def test_a_stop_that_is_not_needed_any_more_is_dropped_in_the_audit() -> None:
    account = due()
    account.stop_results = [Refused("throttled")]
    with pytest.raises(Refused):
        account.enforce()
    account.change(NAME, tags=GOOD_TAGS)
    account.run(at(4.1))
    assert ("stop-dropped", NAME) in account.audited


def test_a_stop_that_another_was_faster_with_says_so_in_the_audit() -> None:
    account = due()
    account.concurrent_write = lambda: account.ledger.update(
        {ref: replace(case, version=9) for ref, case in account.ledger.items()}
    )
    assert account.enforce() == ["overtaken"]
    assert account.audited[-1] == ("stop-overtaken", NAME)
    assert account.stopped == []


def test_a_reference_that_waited_long_stops_as_of_the_last_sweep() -> None:
    account = due()
    account.sweep(at(4.5))
    assert [account.enforce(at(4)), account.case(NAME).asked] == [["accepted", "not-due"], at(4.5)]
    assert account.stopped == [NAME]
