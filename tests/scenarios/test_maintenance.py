"""A notebook that AWS maintains: told, not judged, and its run goes on afterwards."""

from copy import replace

import pytest

from costguard.enforcement.outcomes import WatchOutcome
from costguard.enforcement.plan import STUCK_AFTER
from costguard.ownership.fleet import Fleet
from costguard.resources.model import ResourceStatus
from tests.factories import at, notebook, policy
from tests.scenarios.account import Account
from tests.scenarios.test_idle import NAME, idle_policy, jupyter, run

WORDS = ("PendingMaintenance", "InMaintenance", "Hibernating")


def busy() -> Account:
    """Give a notebook that works all the time, in a run that began at the start."""
    account = Account(idle_policy(), notebook(NAME, started=at(0)))
    account.activity[NAME] = jupyter(99, "busy")
    return account


def maintained(account: Account, hours: float, word: str = "InMaintenance") -> None:
    """Let AWS begin with it: the one moment that it reports may move."""
    account.change(NAME, status=ResourceStatus.UNKNOWN, status_word=word, started=at(hours))


def back(account: Account, hours: float) -> None:
    account.change(NAME, status=ResourceStatus.RUNNING, status_word=None, started=at(hours))


@pytest.mark.parametrize("word", WORDS)
def test_its_age_goes_on_after_maintenance(word: str) -> None:
    account = busy()
    run(account, 1, 6)
    maintained(account, 6, word)
    run(account, 6.1, 6.9)
    back(account, 7)
    run(account, 7, 11.9)
    assert account.stopped == []
    told = run(account, 12, 12.5)
    assert [stage for stage, _ in told] == ["warning", "stopped"]
    assert account.stopped == [NAME]


def test_an_event_alone_may_tell_of_the_maintenance() -> None:
    account = busy()
    account.sweep(at(1))
    maintained(account, 6)
    event = account.state_change_event(NAME, at(6))
    event["detail"]["NotebookInstanceStatus"] = "InMaintenance"
    assert account.deliver(event) == WatchOutcome.EVALUATED
    back(account, 7)
    account.event(NAME, at(7))
    assert [stage for stage, _ in run(account, 12, 12.5)] == ["warning", "stopped"]


@pytest.mark.parametrize("word", WORDS)
def test_in_maintenance_it_is_told_once_and_left_alone(word: str) -> None:
    account = busy()
    run(account, 1, 12)
    assert account.notices[-1].stage == "warning"
    maintained(account, 12.1, word)
    told = run(account, 12.2, 14)
    assert [stage for stage, _ in told] == ["failed"]
    assert word in account.notices[-1].reason
    assert account.stopped == []
    back(account, 14.1)
    run(account, 14.2, 14.3)
    assert account.stopped == [NAME]  # the same run, and its owner heard of it long ago


def test_a_run_that_its_owner_begins_has_its_whole_age() -> None:
    account = busy()
    account.sweep(at(1))
    maintained(account, 6)
    account.sweep(at(6.1))
    account.change(NAME, status=ResourceStatus.STOPPED, status_word=None, started=at(7))
    account.event(NAME, at(7))
    account.start(NAME, at(8))
    run(account, 8, 19.9)
    assert account.stopped == []


def test_a_maintenance_that_nobody_knew_before_begins_its_age() -> None:
    account = busy()
    maintained(account, 6)
    account.sweep(at(6.1))
    back(account, 7)
    run(account, 7, 17.9)
    assert account.stopped == []
    run(account, 18, 18.5)
    assert account.stopped == [NAME]


def test_it_is_metered_as_one_run() -> None:
    account = busy()
    account.sweep(at(1))
    maintained(account, 6)
    account.sweep(at(6.1))
    back(account, 7)
    account.sweep(at(8))
    spans = [(r.start, r.end) for r in account.meter.rows.values() if r.component == "notebook"]
    assert spans == [(at(0), None)]


def test_a_stop_that_it_interrupts_is_no_new_run() -> None:
    account = busy()
    run(account, 1, 12)
    account.sweep(at(12.3))
    account.enforce()  # AWS takes the stop, and does something else first
    maintained(account, 12.4)
    account.sweep(at(12.5))
    back(account, 12.6)
    account.sweep(at(12.6) + STUCK_AFTER)
    assert "stopped" not in [notice.stage for notice in account.notices]


def test_what_is_maintained_counts_for_nobody() -> None:
    odd = notebook(status=ResourceStatus.UNKNOWN, tags={"Name": "Doe, John"})
    assert Fleet((odd,), policy().directory).owners == ()
    assert Fleet((replace(odd, status=ResourceStatus.RUNNING),), policy().directory).owners != ()
