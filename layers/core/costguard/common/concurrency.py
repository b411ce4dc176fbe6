"""Tasks that may fail without holding up the others; `adapters/thread_pool.py` runs several.

One bad resource must not blind the sweep; what went wrong is raised after everything had its turn.
"""

from collections.abc import Callable, Iterable

type Task = Callable[[], object]
type Together = Callable[[Iterable[Task]], list[Exception]]


def attempt(task: Task) -> list[Exception]:
    """Do one thing; answer what went wrong."""
    try:
        task()
    except Exception as exc:  # noqa: BLE001 - it is raised when the others are done
        return [exc]
    return []
