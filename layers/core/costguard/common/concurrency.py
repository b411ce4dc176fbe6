"""Tasks that may fail without stopping the others; `adapters/thread_pool.py` runs several.

One bad resource must not stop a sweep; errors are collected and raised at the end.
"""

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType

type Task = Callable[[], object]
type RunConcurrently = Callable[[Iterable[Task]], list[Exception]]


def together_or_alone[T, K](
    things: Sequence[T],
    do: Callable[[Sequence[T]], object],
    name: Callable[[T], K],
    errors: tuple[type[Exception], ...] = (Exception,),
) -> dict[K, Exception]:
    """Do something with things together, or with each alone where that fails.

    Return the errors by the name of the thing. It must do no harm to do it twice.
    """
    try:
        do(things)
    except errors as error:
        if len(things) == 1:
            return {name(things[0]): error}
        alone = (together_or_alone([each], do, name, errors) for each in things)
        return {key: why for failed in alone for key, why in failed.items()}
    return {}


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
