"""What Jupyter lists, read piece by piece: an odd piece costs only itself."""

from typing import Any

import pytest

from costguard.adapters.jupyter import collect_activity, collect_settled
from costguard.adapters.jupyter_session import NoAnswerError
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


def states(*looks: list[dict[str, Any]] | None) -> list[str]:
    """Answer the states that are told, if each look at the kernels finds what is given for it."""
    left = iter(looks)

    def ask(what: str) -> list[Any]:
        listed = next(left) if what == "kernels" else []
        if listed is None:
            raise NoAnswerError("timed out")
        return list(listed)

    return [kernel["state"] for kernel in collect_settled(ask, moment=0)["kernels"]]


def test_a_kernel_that_answers_a_panel_at_this_moment_is_not_busy() -> None:
    assert states([BUSY], [BUSY | {"execution_state": "idle"}]) == ["idle"]
    assert states([BUSY], [BUSY]) == ["busy"]
    assert states([IDLE]) == ["idle"], "nothing is busy: it is not looked at again"


def test_what_was_busy_stands_if_the_second_look_finds_less() -> None:
    assert states([BUSY], None) == ["busy"]
    assert states([BUSY], [{}]) == ["busy"]


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
