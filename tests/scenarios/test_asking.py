"""Kernels that are asked, or cannot be: the notices to the owner and the admins."""

from datetime import timedelta
from typing import Any

import pytest

from costguard.resources.activity import Activity, Heartbeat, JupyterActivity, Kernel, Shell
from costguard.resources.model import ResourceStatus
from tests.factories import at, notebook
from tests.fakes import Refused
from tests.scenarios.account import Account
from tests.scenarios.test_idle import NAME, idle_policy, run

HOUR = timedelta(hours=1)
REFUSED = "its web socket was refused (HTTP 403)"


def account(**options: Any) -> Account:
    return Account(idle_policy(after_unseen=3 * HOUR, **options), notebook(NAME, started=at(0)))


def seen(last: float, *, shell: Shell | None = Shell.FREE, **changes: Any) -> Activity:
    kernels = (Kernel("idle", at(last), id="one", shell=shell),)
    return Activity(jupyter=JupyterActivity(seen=at(last), kernels=kernels, **changes))


def beats(hours: float, **changes: Any) -> dict[str, Any]:
    return {"beats": (Heartbeat(at=at(hours), **{"busy_kernels": 0.0} | changes),)}


def test_a_cell_that_jupyter_lists_as_idle_is_never_stopped_for_idleness() -> None:
    guard = account()
    guard.activity[NAME] = seen(0.5, shell=Shell.BUSY)
    assert run(guard, 1, 11.9) == []


def test_a_guard_that_believed_the_list_would_stop_a_cell_at_work() -> None:
    guard = account()
    guard.activity[NAME] = seen(0.5, shell=None).if_free()
    assert ("stopped", "17:45") in run(guard, 1, 11.9)


def test_where_nobody_looks_from_inside_the_longer_time_holds_and_is_said() -> None:
    guard = account()
    guard.activity[NAME] = seen(1)
    assert run(guard, 1, 4.4) == [("warning", "18:00"), ("stopped", "18:15")]
    reason = guard.notices[0].reason
    assert "Jupyter, 1 kernel asked and free, Mon 12:00" in reason
    assert (
        "Not seen: work outside Jupyter's lists, because there is no heartbeat on the notebook"
        in reason
    )
    assert "The lifecycle configuration of the heartbeat" in guard.notices[0].remedy


def test_where_the_heartbeat_looks_from_inside_the_shorter_time_holds() -> None:
    guard = account()
    for hours in (1.9, 2, 2.2, 2.4):
        guard.activity[NAME] = seen(1, **beats(hours))
        guard.run(at(hours))
    assert guard.named(NAME).status is ResourceStatus.STOPPED
    assert "Not seen" not in guard.notices[0].reason


def test_what_a_terminal_let_go_takes_the_longer_time_though_it_is_quiet() -> None:
    guard = account()
    for hours in (2, 2.4, 3.9):
        guard.activity[NAME] = seen(1, **beats(hours, detached=2))
        guard.run(at(hours))
    assert guard.notices == []
    guard.activity[NAME] = seen(1, **beats(4, detached=2))
    guard.run(at(4))
    assert "whether 2 processes in the background still work" in guard.notices[0].reason
    assert "lifecycle configuration" not in guard.notices[0].remedy


def test_who_cannot_be_asked_meets_the_maximum_age_alone_and_the_admins_hear_once() -> None:
    guard = account()
    guard.activity[NAME] = seen(0.5, shell=None, why_unasked=REFUSED)
    assert run(guard, 1, 11.9) == []
    told = [text for text in guard.summaries if text.startswith("The kernels of")]
    assert len(told) == 1
    assert REFUSED in told[0]
    assert NAME in told[0]
    assert run(guard, 12, 12.3) == [("warning", "02:00"), ("stopped", "02:15")]


def test_one_kernel_that_is_mute_is_no_closed_way() -> None:
    guard = account()
    guard.activity[NAME] = seen(
        0.5, shell=None, why_unasked="a kernel that is starting does not answer"
    )
    guard.run(at(2))
    assert not [text for text in guard.summaries if text.startswith("The kernels of")]


def test_work_that_was_seen_counts_where_its_kernel_is_gone() -> None:
    guard = account(after=HOUR)
    guard.activity[NAME] = seen(3, shell=Shell.BUSY)
    guard.run(at(3))
    guard.activity[NAME] = Activity(jupyter=JupyterActivity(seen=at(3)))
    assert run(guard, 3.25, 6.4) == [("warning", "20:00"), ("stopped", "20:15")]


def test_a_look_that_cannot_be_remembered_is_a_failure_and_still_counts() -> None:
    guard = account()
    guard.activity[NAME] = seen(0.5, shell=Shell.BUSY)
    guard.memory_errors = (Refused("PutItem"),)
    with pytest.raises(ExceptionGroup) as failed:
        guard.sweep(at(5))
    assert failed.value.exceptions == guard.memory_errors
    assert guard.notices == []
    assert guard.counted[-1]["TaskFailures"] == 1
