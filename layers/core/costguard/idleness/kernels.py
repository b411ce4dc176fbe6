"""One kernel: does it work, and when did it last? Jupyter's word beside what was asked.

| listed     | asked now     | asked before, unmoved since | comes to                        |
|------------|---------------|-----------------------------|---------------------------------|
| busy       | any           | any                         | works                           |
| other      | no answer     | any                         | works                           |
| other      | answered      | any                         | free                            |
| other      | no            | free                        | free, as of then                |
| dead       | no            | no                          | free: there is no process       |
| other      | no            | no                          | not known                       |

`last_activity` counts as work unless something shows that it was none: it was moved by the
guard's own question, or the execution counter stands where it stood before.
"""

from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.resources.activity import BUSY, Activity, Kernel, KernelMemory, Shell, WorkMemory

_ENDED = "dead"


class JudgedKernel(Struct, frozen=True):
    """What one kernel comes to; `free` is None where that is not known."""

    state: str
    free: bool | None
    last: datetime | None  # when it may have worked last
    asked: datetime | None  # when it was found to be free
    executed: bool  # its counter shows that it worked since it was counted before


def judge_kernels(activity: Activity) -> list[JudgedKernel]:
    """Judge each kernel of a notebook; where asking failed just now, no older answer counts."""
    jupyter = activity.jupyter
    if jupyter is None:
        return []
    memory, recall = activity.remembered, jupyter.why_unasked is None
    return [judge_kernel(k, memory, jupyter.seen, recall=recall) for k in jupyter.kernels]


def judge_kernel(
    kernel: Kernel, memory: WorkMemory, seen: datetime, *, recall: bool = True
) -> JudgedKernel:
    """Judge a kernel as the table says, by what is remembered of it."""
    known = memory.kernels.get(kernel.id) if kernel.id else None
    free, asked = _free(kernel, known if recall else None, seen)
    executed = (
        known is not None
        and None not in (known.executions, kernel.executions)
        and known.executions != kernel.executions
    )
    return JudgedKernel(kernel.state, free, last_work(kernel, known), asked, executed)


def has_unasked_kernels(activity: Activity, *, anew: bool = False) -> bool:
    """Tell whether asking can help: a kernel's state is open, and none is known to work.

    With `anew`, just before a stop, what a kernel answered before leaves its state open.
    """
    if activity.jupyter is None or activity.jupyter.problem:
        return False
    known = replace(activity, remembered=WorkMemory()) if anew else activity
    judged = judge_kernels(known)
    return any(each.free is None for each in judged) and all(
        each.free is not False for each in judged
    )


def last_work(kernel: Kernel, known: KernelMemory | None) -> datetime | None:
    """Answer when a kernel may have worked last."""
    if known is None:
        return kernel.last
    counted = kernel.executions is not None and kernel.executions == known.executions
    if kernel.last is None or counted or _unmoved(kernel, known):
        return known.last
    return kernel.last


def moved_lately(activity: Activity, within: timedelta) -> bool:
    """Tell whether a kernel was active, and not by the guard's question, just before the look.

    Where one is at work, that needs no other cause.
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
    """Tell whether nothing but the guard's own question moved it since it was remembered.

    Whatever a kernel does is announced by a status, and each moves `last_activity`.
    """
    return kernel.last is not None and kernel.last in {known.listed, known.moved}
