"""The guard's history of one resource, in the order in which it happened."""

from collections.abc import Iterable
from datetime import datetime

from costguard.enforcement.audit import AuditEntry

_STEPS = ("asked-to-stop", "stop-", "stop-confirmed", "stop-dropped", "told-stopped")


def in_order(entries: Iterable[AuditEntry]) -> tuple[AuditEntry, ...]:
    """Sort by minute, and within one by what has to come before what.

    A stop that was asked for at the end of a minute may be confirmed by an event that bears its
    beginning.
    """
    return tuple(sorted(entries, key=_position))


def _position(entry: AuditEntry) -> tuple[datetime, int, datetime]:
    return entry.time.replace(second=0, microsecond=0), _step(entry.what), entry.time


def _step(what: str) -> int:
    """Give the number of a step of a stop; all else comes before it."""
    matching = [number for number, step in enumerate(_STEPS, 1) if what.startswith(step)]
    return max(matching, default=0)
