"""Rows that cannot be read: each affects only its own resource, and is reported.

A row may come from this version, an earlier or a later one, or a person. The sweep raises the
errors that are collected here at its end, and the report names them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from costguard.adapters.dynamodb.items import TableRow
from costguard.common.errors import GuardError, StoredDataInvalid

ODD_ROW = (GuardError, KeyError, ValueError, TypeError, OverflowError, OSError)
"""What the reading of a row raises that this version cannot read."""
_KEPT = 100
_unreadable: deque[Exception] = deque(maxlen=_KEPT)  # of the process; threads append to it


def readable[T](rows: Iterable[TableRow], read: Callable[[TableRow], T | None]) -> Iterator[T]:
    """Read each row; collect those that cannot be read. `None` rows belong to other users."""
    for row in rows:
        found = read_or(row, read, None)
        if found is not None:
            yield found


def read_or[T](row: TableRow | None, read: Callable[[TableRow], T], instead: T) -> T:
    """Read a row; if that fails, record it and return a default, as for a missing row."""
    if row is None:
        return instead
    try:
        return read(row)
    except ODD_ROW as error:
        _unreadable.append(_named(row, error))
        return instead


def unreadable_rows() -> list[Exception]:
    """Return the rows that could not be read since the last call, each once."""
    found = {str(error): error for error in _unreadable}
    _unreadable.clear()
    return list(found.values())


def _named(row: TableRow, error: Exception) -> StoredDataInvalid:
    """Add the row to an error that does not name it."""
    if isinstance(error, StoredDataInvalid):
        return error
    where = f"{row.get('pk')}/{row.get('sk')}"
    return StoredDataInvalid(f"{where} cannot be read: {type(error).__name__}: {error}")
