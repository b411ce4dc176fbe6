"""Tasks that may fail without stopping the others; `adapters/thread_pool.py` runs several.

One bad resource must not stop a sweep; errors are collected and raised at the end.
"""

from collections.abc import Callable, Iterable
from types import TracebackType

type Task = Callable[[], object]
type RunConcurrently = Callable[[Iterable[Task]], list[Exception]]


class ErrorCollector:
    """Collects errors: `with errors: …` goes on after an exception, and stores it."""

    def __init__(self, errors: Iterable[Exception] = ()) -> None:
        self.errors = list(errors)

    def __enter__(self) -> None:
        """Begin one task."""

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _tb: TracebackType | None,
    ) -> bool:
        """Store its exception; other exceptions, such as an interrupt, are raised."""
        if not isinstance(error, Exception):
            return False
        self.errors.append(error)
        return True

    def add(self, errors: Iterable[Exception]) -> None:
        """Add the errors of tasks that ran elsewhere."""
        self.errors += errors
