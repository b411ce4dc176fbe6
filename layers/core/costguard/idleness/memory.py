"""A notebook's activity as the ledger remembers it: the last work that was seen, and the counters.

An observation sees one moment. Earlier work counts until `after` has passed, also if its kernel,
its heartbeat or the guard's own container is gone by then.
"""

from copy import replace
from datetime import datetime

from costguard.idleness.assessment import Idle, Unobservable, Working
from costguard.idleness.kernels import judge_kernels, last_work
from costguard.resources.activity import Activity, Kernel, KernelMemory, Shell, WorkMemory

_KERNELS = 100
"""So many kernels are remembered: a row stays far below DynamoDB's 400 KB."""


def of_run(memory: WorkMemory, started: datetime | None) -> WorkMemory:
    """Return the memory of this run; an empty one if it belongs to an earlier run."""
    return memory if memory.run == started else WorkMemory(run=started)


def with_look(activity: Activity, found: Working | Idle | Unobservable) -> WorkMemory:
    """Add the present observation to the memory."""
    before, jupyter = activity.remembered, activity.jupyter
    if jupyter is None or jupyter.problem:
        return _with_work(before, found)
    seen = jupyter.seen
    judged = judge_kernels(activity)
    kernels = {
        kernel.id: _remembered(kernel, before.kernels.get(kernel.id), seen)
        for kernel in jupyter.kernels[:_KERNELS]
        if kernel.id and kernel.last
    }
    ended = [_may_have_worked(k) for id_, k in before.kernels.items() if id_ not in kernels]
    executed = [each.last for each in judged if each.executed and each.last]
    outputs = jupyter.terminals
    moments = [min(moment, seen) for moment in (*ended, *executed, *outputs)]
    asked = jupyter.why_unasked or any(kernel.shell for kernel in jupyter.kernels)
    memory = replace(before, kernels=kernels, asked=seen if asked else before.asked)
    last = max(moments, default=None)
    if last and (before.worked is None or last > before.worked):
        memory = replace(memory, worked=last, says="a cell or a terminal")
    return _with_work(memory, found)


def _may_have_worked(known: KernelMemory) -> datetime:
    """Return when a kernel that is gone may have worked last."""
    return known.last if known.latest == known.moved else known.latest


def _with_work(memory: WorkMemory, found: Working | Idle | Unobservable) -> WorkMemory:
    """Remember the present work; for a job, AWS itself reports the end."""
    if not isinstance(found, Working) or found.by.signal == "job":
        return memory
    if memory.worked and memory.worked >= found.by.seen:
        return memory
    return replace(memory, worked=found.by.seen, says=found.by.says)


def _remembered(kernel: Kernel, known: KernelMemory | None, seen: datetime) -> KernelMemory:
    """Remember a kernel; its counter and related facts only from its own answers."""
    listed = kernel.last
    assert listed is not None  # noqa: S101 - its caller leaves out kernels without a time
    if kernel.shell is not Shell.FREE:
        if known is None or (known.executions is None and listed > known.latest):
            return KernelMemory(last=listed, listed=listed, latest=listed)
        return replace(known, latest=max(known.latest, listed))
    counted = known.executions if known else None
    return KernelMemory(
        last=last_work(kernel, known) or listed,
        listed=listed,
        latest=kernel.moved or listed,
        executions=counted if kernel.executions is None else kernel.executions,
        moved=kernel.moved,
        free=seen,
    )
