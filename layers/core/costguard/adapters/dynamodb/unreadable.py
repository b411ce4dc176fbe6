"""Rows that cannot be read: each affects only its own resource, and is reported.

A row is written by this version, an earlier or a later one, or by a hand. What is noted here the
sweep raises once everything had its turn, and the report names.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from costguard.adapters.dynamodb.table import TableRow
from costguard.common.errors import GuardError, StoredDataInvalid

_ODD = (GuardError, KeyError, ValueError, TypeError, OverflowError, OSError)
_KEPT = 100
_unreadable: deque[Exception] = deque(maxlen=_KEPT)  # of the process; threads append to it


def readable[T](rows: Iterable[TableRow], read: Callable[[TableRow], T | None]) -> Iterator[T]:
    """Read each row; collect those that cannot be read. `None` rows belong to other users."""
    for row in rows:
        found = read_or(row, read, None)
        if found is not None:
            yield found


def read_or[T](row: TableRow | None, read: Callable[[TableRow], T], instead: T) -> T:
    """Read a row; note it where that fails, and answer something else, as for no row at all."""
    if row is None:
        return instead
    try:
        return read(row)
    except _ODD as error:
        _unreadable.append(_named(row, error))
        return instead


def unreadable_rows() -> list[Exception]:
    """Return the rows that could not be read since the last call, each once."""
    found = {str(error): error for error in _unreadable}
    _unreadable.clear()
    return list(found.values())


def _named(row: TableRow, error: Exception) -> StoredDataInvalid:
    """Say which row it is, where the error does not."""
    if isinstance(error, StoredDataInvalid):
        return error
    where = f"{row.get('pk')}/{row.get('sk')}"
    return StoredDataInvalid(f"{where} cannot be read: {type(error).__name__}: {error}")
