"""No cell at work is called idle, and nothing that nobody uses is left on, in any server."""

import pytest

from costguard.idleness.assessment import Idle, Unobservable, Working
from tests.real.cases import TERMINALS, Truth
from tests.real.conftest import Found


@pytest.mark.of(Truth.AT_WORK)
def test_what_is_at_work_is_never_called_idle(found: Found) -> None:
    sights = (found.probe, found.heartbeat, found.both)
    assert [each.why for each in sights if isinstance(each.found, Idle) or each.stopped] == []
    assert isinstance(found.heartbeat.found, Working)
    assert isinstance(found.both.found, Working)
    if found.case not in TERMINALS:  # a terminal says nothing of itself to who looks from outside
        assert isinstance(found.probe.found, Working)


@pytest.mark.of(Truth.NOT_TOLD)
def test_where_a_kernel_may_answer_while_a_cell_runs_its_answer_proves_nothing(
    found: Found,
) -> None:
    for each in (found.probe, found.heartbeat, found.both):
        assert not isinstance(each.found, Idle), each.why
        assert not each.stopped


@pytest.mark.of(Truth.UNUSED)
def test_what_nobody_uses_is_idle_and_stopped_in_time(found: Found) -> None:
    assert found.lost == 0, "asking has ended a kernel"
    assert isinstance(found.both.found, Idle)
    assert found.both.found.unseen is None
    if found.case in TERMINALS:
        assert isinstance(found.probe.found, Unobservable)
    else:
        assert isinstance(found.probe.found, Idle)
        assert found.probe.stopped
        assert found.both.moved == found.probe.moved, (
            "it counts what moved since, and nobody uses it"
        )


@pytest.mark.of(Truth.LET_GO_WORKS)
def test_what_was_let_go_and_works_is_work_where_the_heartbeat_sees_it(found: Found) -> None:
    assert found.lost == 0, "asking has ended a kernel"
    assert isinstance(found.heartbeat.found, Working)
    assert isinstance(found.both.found, Working)
    assert isinstance(found.probe.found, Unobservable) or found.probe.verdict != "idle"


@pytest.mark.of(Truth.LET_GO_WAITS)
def test_what_was_let_go_and_waits_is_given_the_longer_time(found: Found) -> None:
    assert found.lost == 0, "asking has ended a kernel"
    for each in (found.probe, found.heartbeat, found.both):
        assert each.verdict != "idle", each.why
