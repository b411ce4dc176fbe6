"""Tasks that run at the same time: each of them once, whatever goes wrong in others."""

from collections.abc import Callable
from functools import partial
from threading import Barrier

import pytest

from costguard.adapters.thread_pool import run_concurrently


def failing(word: str) -> None:
    raise ValueError(word)


@pytest.mark.parametrize("number", [0, 1, 8, 500])
def test_every_task_is_done_once(number: int) -> None:
    done = list[int]()
    tasks = (partial(done.append, place) for place in range(number))
    assert run_concurrently(tasks) == []
    assert sorted(done) == list(range(number))


def test_what_went_wrong_is_answered_in_the_order_of_the_tasks() -> None:
    done = list[int]()
    tasks: list[Callable[[], None]] = [partial(done.append, place) for place in range(50)]
    tasks[7:7] = [partial(failing, "first")]
    tasks[31:31] = [partial(failing, "second")]
    assert [str(error) for error in run_concurrently(tasks)] == ["first", "second"]
    assert sorted(done) == list(range(50))


def test_eight_tasks_wait_at_the_same_time() -> None:
    met = Barrier(8)
    assert run_concurrently([partial(met.wait, timeout=30)] * 8) == []
