"""The state of one kernel, from Jupyter's list and from the kernel's own answers.

| listed     | asked now     | asked before, unmoved since | comes to                        |
|------------|---------------|-----------------------------|---------------------------------|
| busy       | any           | any                         | works                           |
| other      | no answer     | any                         | works                           |
| other      | answered      | any                         | free                            |
| other      | no            | free                        | free, as of then                |
| dead       | no            | no                          | free: there is no process       |
| other      | no            | no                          | not known                       |

A changed `last_activity` counts as work, unless the guard's own question changed it or the
execution counter is the same as before.
"""

from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.resources.activity import BUSY, Activity, Kernel, KernelMemory, Shell, WorkMemory

_ENDED = "dead"


class JudgedKernel(Struct, frozen=True):
    """The state of one kernel; `free` is None if unknown."""

    state: str
    free: bool | None
    last: datetime | None  # the last time at which it may have worked
    asked: datetime | None  # when it was found to be free
    executed: bool  # its counter shows work since the last count


def judge_kernels(activity: Activity) -> list[JudgedKernel]:
    """Evaluate each kernel of a notebook; if asking just failed, no older answer counts."""
    jupyter = activity.jupyter
    if jupyter is None:
        return []
    memory, recall = activity.remembered, jupyter.why_unasked is None
    return [judge_kernel(k, memory, jupyter.seen, recall=recall) for k in jupyter.kernels]


def judge_kernel(
    kernel: Kernel, memory: WorkMemory, seen: datetime, *, recall: bool = True
) -> JudgedKernel:
    """Evaluate a kernel by the table and its remembered state."""
    known = memory.kernels.get(kernel.id) if kernel.id else None
    free, asked = _free(kernel, known if recall else None, seen)
    executed = (
        known is not None
        and None not in (known.executions, kernel.executions)
        and known.executions != kernel.executions
    )
    return JudgedKernel(kernel.state, free, last_work(kernel, known), asked, executed)


def has_unasked_kernels(activity: Activity, *, anew: bool = False) -> bool:
    """Return whether asking can help: a kernel's state is unknown, and none is known to work.

    With `anew`, just before a stop, earlier answers do not count.
    """
    if activity.jupyter is None or activity.jupyter.problem:
        return False
    known = replace(activity, remembered=WorkMemory()) if anew else activity
    judged = judge_kernels(known)
    return any(each.free is None for each in judged) and all(
        each.free is not False for each in judged
    )


def last_work(kernel: Kernel, known: KernelMemory | None) -> datetime | None:
    """Return when a kernel may have worked last."""
    if known is None:
        return kernel.last
    counted = kernel.executions is not None and kernel.executions == known.executions
    if kernel.last is None or counted or _unmoved(kernel, known):
        return known.last
    return kernel.last


def moved_lately(activity: Activity, within: timedelta) -> bool:
    """Return whether a kernel was active just before the observation, not by the guard's question.

    If a kernel works, that explains the activity.
    """
    jupyter = activity.jupyter
    kernels = jupyter.kernels if jupyter else ()
    if any(kernel.state == BUSY or kernel.shell is Shell.BUSY for kernel in kernels):
        return False
    asking = {known.moved for known in activity.remembered.kernels.values()}
    return jupyter is not None and any(
        kernel.last is not None
        and kernel.last not in asking
        and jupyter.seen - kernel.last < within
        for kernel in kernels
    )


def _free(
    kernel: Kernel, known: KernelMemory | None, seen: datetime
) -> tuple[bool | None, datetime | None]:
    if kernel.state == BUSY or kernel.shell is Shell.BUSY:
        return False, None
    if kernel.shell is Shell.FREE:
        return True, seen
    if known and known.free and _unmoved(kernel, known):
        return True, known.free
    return (True, seen) if kernel.state == _ENDED else (None, None)


def _unmoved(kernel: Kernel, known: KernelMemory) -> bool:
    """Return whether only the guard's own question changed it since it was remembered.

    A kernel announces all its work by a status message, and each changes `last_activity`.
    """
    return kernel.last is not None and kernel.last in {known.listed, known.moved}
