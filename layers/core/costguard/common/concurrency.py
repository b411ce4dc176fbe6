"""Tasks that may fail without holding up the others; `adapters/thread_pool.py` runs several.

One bad resource must not blind the sweep; what went wrong is raised after everything had its turn.
"""

from collections.abc import Callable, Iterable
from types import TracebackType

type Task = Callable[[], object]
type RunConcurrently = Callable[[Iterable[Task]], list[Exception]]


class ErrorCollector:
    """Collects what went wrong: `with errors: …` goes on after an exception, and keeps it."""

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
        """Keep its exception; what is no `Exception`, such as an interrupt, goes on."""
        if not isinstance(error, Exception):
            return False
        self.errors.append(error)
        return True

    def add(self, errors: Iterable[Exception]) -> None:
        """Keep what went wrong in tasks that ran elsewhere."""
        self.errors += errors
