"""What is remembered of a look, and what of it counts in the next."""

from copy import replace
from typing import Any

from costguard.idleness.assessment import Idle, Unobservable, Working
from costguard.idleness.memory import of_run, with_look
from costguard.idleness.signals import Signal, SignalState, Trust
from costguard.resources.activity import (
    Activity,
    JupyterActivity,
    Kernel,
    KernelMemory,
    Shell,
    WorkMemory,
)
from tests.factories import at

IDLE = Idle(at(1), ())


def works(hours: float, signal: str = "heartbeat") -> Working:
    return Working(
        Signal(
            signal=signal,
            state=SignalState.WORKING,
            says="it works",
            seen=at(hours),
            trust=Trust.AWS,
        )
    )


def look(
    hours: float, *kernels: Kernel, memory: WorkMemory | None = None, **changes: Any
) -> WorkMemory:
    seen = JupyterActivity(seen=at(hours), kernels=kernels, **changes)
    return with_look(Activity(jupyter=seen, remembered=memory or WorkMemory()), IDLE)


def kernel(hours: float, **changes: Any) -> Kernel:
    return Kernel("idle", at(hours), id="one", **changes)


def free(hours: float, executions: int | None = None, moved: float | None = None) -> Kernel:
    when = None if moved is None else at(moved)
    return kernel(hours, shell=Shell.FREE, executions=executions, moved=when)


def test_another_run_remembers_nothing() -> None:
    memory = WorkMemory(run=at(0), worked=at(1))
    assert of_run(memory, at(0)) is memory
    assert of_run(memory, at(2)) == WorkMemory(run=at(2))


def test_what_was_seen_working_is_remembered_and_the_newest_of_it() -> None:
    memory = with_look(Activity(), works(2))
    assert (memory.worked, memory.says) == (at(2), "it works")
    assert with_look(Activity(remembered=memory), works(1)) == memory
    assert with_look(Activity(remembered=memory), Unobservable("", at(0))) == memory
    assert with_look(Activity(), works(2, "job")) == WorkMemory()


def test_a_question_its_counter_and_what_it_moved_are_remembered() -> None:
    memory = look(2, free(1, executions=7, moved=2))
    assert memory.asked == at(2)
    assert memory.kernels["one"] == KernelMemory(
        last=at(1), listed=at(1), latest=at(2), executions=7, moved=at(2), free=at(2)
    )
    assert look(3, kernel(2), memory=memory) == memory


def test_a_look_that_asks_nothing_keeps_the_counter_and_notes_what_moved() -> None:
    memory = look(2, free(1, executions=7))
    moved = look(3, kernel(2.9), memory=memory).kernels["one"]
    assert moved == replace(memory.kernels["one"], latest=at(2.9))
    unasked = look(3, kernel(2.9), memory=look(2, kernel(1)))
    assert unasked.kernels["one"] == KernelMemory(last=at(2.9), listed=at(2.9), latest=at(2.9))


def test_a_counter_that_stands_still_leaves_the_last_work_where_it_was() -> None:
    memory = look(3, free(2.9, executions=7), memory=look(2, free(1, executions=7)))
    assert memory.kernels["one"].last == at(1)
    assert memory.worked is None


def test_a_counter_that_rose_is_work() -> None:
    memory = look(3, free(2.9, executions=8), memory=look(2, free(1, executions=7)))
    assert (memory.worked, memory.kernels["one"].last) == (at(2.9), at(2.9))


def test_a_kernel_that_tells_no_counter_keeps_the_one_it_told() -> None:
    memory = look(3, free(2.9), memory=look(2, free(1, executions=7)))
    assert (memory.kernels["one"].executions, memory.kernels["one"].last) == (7, at(2.9))


def test_a_kernel_that_is_gone_may_have_worked_to_its_end() -> None:
    moved = look(3, kernel(2.9), memory=look(2, free(1, executions=7)))
    assert look(4, memory=moved).worked == at(2.9)
    asked = look(3, free(1, executions=7, moved=3))
    assert look(4, memory=asked).worked == at(1)


def test_a_terminal_s_output_is_remembered() -> None:
    memory = look(3, terminals=(at(2), at(9)))
    assert memory.worked == at(3)
    assert look(4, memory=memory, terminals=(at(1),)).worked == at(3)


def test_an_answer_that_says_nothing_forgets_nothing() -> None:
    memory = look(2, free(1, executions=7))
    for jupyter in (
        JupyterActivity(seen=at(3), problem="timeout"),
        None,
    ):
        assert with_look(Activity(jupyter=jupyter, remembered=memory), IDLE) == memory


def test_a_refusal_is_remembered_as_a_question() -> None:
    assert look(3, kernel(1), why_unasked="HTTP 403").asked == at(3)
