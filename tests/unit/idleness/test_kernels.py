"""One kernel: Jupyter's word, what it answered, and what is remembered of it."""

from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.idleness.kernels import (
    has_unasked_kernels,
    judge_kernel,
    judge_kernels,
    moved_lately,
)
from costguard.resources.activity import (
    Activity,
    JupyterActivity,
    Kernel,
    KernelMemory,
    Shell,
    WorkMemory,
)
from tests.factories import at

NOW = at(5)


def known(**changes: Any) -> WorkMemory:
    """Remember a kernel that worked at one and was asked at three, which moved it."""
    facts: dict[str, Any] = {
        "last": at(1),
        "listed": at(2),
        "latest": at(3),
        "moved": at(3),
        "executions": 7,
        "free": at(3),
    }
    return WorkMemory(kernels={"one": KernelMemory(**facts | changes)})


def listed(last: datetime | None, state: str = "idle", **changes: Any) -> Kernel:
    return Kernel(state, last, id="one", **changes)


@pytest.mark.parametrize(
    ("kernel", "free", "last"),
    [
        (listed(at(2)), True, at(1)),  # as it was listed when it was asked
        (listed(at(3)), True, at(1)),  # as the question left it
        (listed(at(4)), None, at(4)),  # something moved it since
        (listed(None), None, at(1)),
        (listed(at(4), "busy"), False, at(4)),
        (listed(at(3), "busy"), False, at(1)),
        (listed(at(4), shell=Shell.BUSY), False, at(4)),
        (listed(at(4), shell=Shell.FREE), True, at(4)),
        (listed(at(4), shell=Shell.FREE, executions=7), True, at(1)),  # a usage panel
        (listed(at(4), shell=Shell.FREE, executions=8), True, at(4)),
        (listed(at(4), "dead"), True, at(4)),
    ],
)
def test_what_a_remembered_kernel_comes_to(
    kernel: Kernel, *, free: bool | None, last: datetime
) -> None:
    judged = judge_kernel(kernel, known(), NOW)
    assert (judged.free, judged.last) == (free, last)


def test_a_counter_that_rose_is_an_execution() -> None:
    judged = [
        judge_kernel(listed(at(4), shell=Shell.FREE, executions=count), known(), NOW).executed
        for count in (7, 8, None)
    ]
    assert judged == [False, True, False]
    fresh = judge_kernel(listed(at(4), shell=Shell.FREE, executions=8), WorkMemory(), NOW)
    assert not fresh.executed


def test_a_kernel_without_a_name_is_never_taken_for_another() -> None:
    memory = WorkMemory(
        kernels={"": KernelMemory(last=at(1), listed=at(2), latest=at(2), free=NOW)}
    )
    assert judge_kernel(Kernel("idle", at(2)), memory, NOW).free is None


def activity(*kernels: Kernel, memory: WorkMemory | None = None) -> Activity:
    seen = JupyterActivity(seen=NOW, kernels=kernels)
    return Activity(jupyter=seen, remembered=memory or WorkMemory())


def test_kernels_are_asked_where_that_can_help() -> None:
    assert has_unasked_kernels(activity(listed(at(4))))
    assert not has_unasked_kernels(activity(listed(at(3)), memory=known()))
    assert not has_unasked_kernels(activity(listed(at(4)), Kernel("busy", at(4))))
    assert has_unasked_kernels(activity(listed(at(3)), memory=known()), anew=True)
    assert not has_unasked_kernels(activity())
    assert not has_unasked_kernels(Activity())


def test_where_asking_fails_no_older_answer_counts() -> None:
    seen = JupyterActivity(seen=NOW, kernels=(listed(at(3)),))
    assert [each.free for each in judge_kernels(Activity(jupyter=seen, remembered=known()))] == [
        True
    ]
    refused = Activity(jupyter=replace(seen, why_unasked="HTTP 403"), remembered=known())
    [judged] = judge_kernels(refused)
    assert (judged.free, judged.last) == (None, at(1))


def test_a_kernel_that_moves_is_looked_into_unless_the_guard_moved_it() -> None:
    lately = NOW - timedelta(minutes=5)
    quarter = timedelta(minutes=15)
    assert moved_lately(activity(listed(lately)), quarter)
    assert not moved_lately(activity(listed(lately), memory=known(moved=lately)), quarter)
    assert not moved_lately(activity(listed(at(4)), listed(None)), quarter)
    assert not moved_lately(activity(listed(lately), Kernel("busy", lately)), quarter)
    assert not moved_lately(activity(listed(lately, shell=Shell.BUSY)), quarter)
    assert not moved_lately(Activity(), quarter)


def test_where_jupyter_was_not_asked_no_kernel_is_judged() -> None:
    assert judge_kernels(Activity()) == []
