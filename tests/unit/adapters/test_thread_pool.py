"""Tasks that run at once: each of them runs, and what one raises is answered, not lost."""

from functools import partial

import pytest

from costguard.adapters.thread_pool import run_concurrently


def work(done: list[int], number: int) -> None:
    done.append(number)
    if number % 3 == 0:
        raise ValueError(number)


@pytest.mark.parametrize("tasks", [0, 1, 100])
def test_every_task_runs_and_every_error_is_answered_once_in_order(tasks: int) -> None:
    done = list[int]()
    errors = run_concurrently(partial(work, done, number) for number in range(tasks))
    assert sorted(done) == list(range(tasks))
    assert [str(error) for error in errors] == [str(number) for number in range(0, tasks, 3)]
