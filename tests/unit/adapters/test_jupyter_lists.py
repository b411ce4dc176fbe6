"""What Jupyter lists, read piece by piece: an odd piece costs only itself."""

from typing import Any

import pytest

from costguard.adapters.jupyter import collect_activity
from costguard.common.codec import decode_builtins
from costguard.resources.activity import JupyterActivity, JupyterAnswer, Kernel
from tests.factories import at

IDLE = {"id": "a", "execution_state": "idle", "last_activity": "2026-11-23T14:00:00.000000Z"}
BUSY = IDLE | {"id": "b", "execution_state": "busy"}
TERMINAL = {"name": "1", "last_activity": "2026-11-23T14:00:00Z"}


def seen(**lists: Any) -> JupyterActivity:
    told = {"kernels": [IDLE], "sessions": [], "terminals": []} | lists
    answer = collect_activity(lambda what: list(told[what]))
    return decode_builtins(answer, JupyterAnswer, "x").seen_at(at(1))


def test_a_healthy_answer_is_read_whole() -> None:
    found = seen(sessions=[{"kernel": IDLE}, {"kernel": BUSY}, {}], terminals=[TERMINAL])
    assert found.kernels == (Kernel("idle", at(0), id="a"), Kernel("busy", at(0), id="b"))
    assert found.terminals == (at(0),)
    assert (found.problem, found.partly) == (None, False)


@pytest.mark.parametrize(
    "odd",
    [
        {"kernels": [IDLE | {"last_activity": "2026-11-23T14:00:00"}]},
        {"kernels": [IDLE | {"last_activity": "2026-11-23"}]},
        {"kernels": [IDLE | {"last_activity": "9999-12-31T23:59:59Z"}]},
        {"kernels": [IDLE | {"last_activity": "2026-11-24T14:00:00Z"}]},  # tomorrow
        {"kernels": [IDLE | {"last_activity": None}]},
        {"kernels": [IDLE | {"execution_state": 3}]},
        {"kernels": [IDLE, None]},
        {"kernels": [IDLE, []]},
        {"sessions": [{"kernel": 3}]},
        {"terminals": [TERMINAL | {"last_activity": "2026-11-23T14:00:00"}]},
        {"terminals": [TERMINAL, {}]},
        {"terminals": ["x"]},
    ],
)
def test_an_odd_piece_makes_it_unknown_and_hides_no_kernel_that_works(odd: dict[str, Any]) -> None:
    found = seen(**odd)
    assert found.problem
    assert found.partly
    kernels = [BUSY, *odd.get("kernels", [IDLE])]
    working = seen(**odd | {"kernels": kernels})
    assert working.problem is None
    assert "busy" in [kernel.state for kernel in working.kernels]


def test_a_clock_that_is_a_little_ahead_says_now() -> None:
    found = seen(kernels=[IDLE | {"last_activity": "2026-11-23T15:04:00Z"}])
    assert found.kernels == (Kernel("idle", at(1), id="a"),)
    assert found.problem is None


@pytest.mark.parametrize(
    "lists",
    [
        {"sessions": [{"kernel": BUSY | {"id": "a"}}]},  # busy a moment later
        {"kernels": [IDLE, BUSY | {"id": "a"}]},
        {"kernels": [IDLE | {"id": None}, BUSY | {"id": None}]},
        {"kernels": [IDLE | {"id": 1}, BUSY | {"id": []}]},
    ],
)
def test_no_busy_kernel_hides_behind_an_idle_one(lists: dict[str, Any]) -> None:
    assert ("busy", at(0)) in [(each.state, each.last) for each in seen(**lists).kernels]
