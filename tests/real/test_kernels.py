"""Cells at work and kernels at rest, in every server: what is said of them, and what is not."""

from pathlib import Path

import pytest

from costguard.idleness.assessment import Idle
from local.jupyter.server import Kernel, until
from tests.real.watcher import Watcher

LONG = "import time; time.sleep(60)"


def at_work(watcher: Watcher) -> Kernel:
    kernel = watcher.server.kernel()
    kernel.open_tab()
    kernel.run(LONG)
    watcher.server.until_busy(kernel)
    return kernel


def listed_idle(kernel: Kernel) -> None:
    until(lambda: kernel.state["execution_state"] == "idle")


def free(watcher: Watcher) -> Kernel:
    kernel = watcher.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    return kernel


def test_a_kernel_at_rest_is_idle(watcher: Watcher) -> None:
    free(watcher)
    assert watcher.says() == "idle, not all seen"


def test_a_cell_at_work_is_work_with_its_tab_open_or_closed(watcher: Watcher) -> None:
    kernel = at_work(watcher)
    assert watcher.says() == "working: 1 kernel busy"
    kernel.close_tab()
    assert watcher.says() == "working: 1 kernel busy"


@pytest.mark.parametrize("sort", ["usage_request", "comm_msg", "list_subshell_request"])
def test_whatever_flips_a_running_cell_does_not_hide_it(watcher: Watcher, sort: str) -> None:
    kernel = at_work(watcher)
    kernel.request(sort, {"comm_id": "x", "data": {}}, channel="control")
    kernel.request("kernel_info_request", channel="control")
    assert watcher.says().startswith("working: 1 kernel ")


def test_what_asking_moves_is_no_activity(watcher: Watcher) -> None:
    free(watcher)
    found = [watcher.verdict() for _ in range(3)]
    assert len({each.since for each in found if isinstance(each, Idle)}) == 1
    assert all(isinstance(each, Idle) for each in found)


def test_the_heartbeat_sees_a_kernel_at_rest_and_a_cell_at_work(
    watcher: Watcher, tmp_path: Path
) -> None:
    kernel = free(watcher)
    watcher.beat(tmp_path)
    assert watcher.says() == "idle"
    kernel.run(LONG)
    watcher.server.until_busy(kernel)
    kernel.request("usage_request", channel="control")
    (tmp_path / "state.json").unlink()
    watcher.beat(tmp_path)
    watcher.proxy.refuses_sockets = True
    assert watcher.says() == "working: 1 kernel busy"


def test_questions_from_inside_and_from_outside_together_are_no_activity(
    watcher: Watcher, tmp_path: Path
) -> None:
    free(watcher)
    found = [watcher.verdict()]
    for _ in range(3):
        watcher.beat(tmp_path)
        (tmp_path / "state.json").unlink()  # it would ask again after ten minutes
        found.append(watcher.verdict())
    assert len({each.since for each in found if isinstance(each, Idle)}) == 1
    assert all(isinstance(each, Idle) for each in found)
