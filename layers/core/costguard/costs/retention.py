"""Where an interval of usage is stored, and for how long.

An open interval is stored among the open ones. A closed interval is stored whole in each UTC month
that it touches, and for a while also among the open ones: late events must not open it again.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage

_STAYS_OPEN = timedelta(days=3)
_KEPT = timedelta(days=400)


class UsageRow(NamedTuple):
    """One row of an interval: its UTC month, or None among the open ones."""

    month: datetime | None
    keep_until: datetime | None = None  # None: until it is overwritten
    is_first: bool = False  # never overwrites an existing row


def usage_rows(new: Usage, old: Usage | None, now: datetime) -> Iterator[UsageRow]:
    """List the rows to write for an interval; the months that an earlier end touched are kept."""
    if new.end is None:
        yield UsageRow(None, is_first=old is None)
        return
    first = old is None  # reported late or again: existing rows are not overwritten
    ends = {new.end, *((old.end,) if old and old.end else ())}
    for month in {month for end in ends for month in _months(new.start, end)}:
        yield UsageRow(month, new.end + _KEPT, is_first=first)
    yield UsageRow(None, now + _STAYS_OPEN, is_first=first)


def month_parts(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, datetime]]:
    """List the UTC months of a period, each with the begin and the end of its part."""
    for month in _months(since, until):
        if month < until:
            yield month, max(since, month), min(until, _following(month))


def open_slices(usages: Iterable[Usage], since: datetime, until: datetime) -> Iterator[UsageSlice]:
    """Slice the open intervals; closed ones are in their months."""
    return (UsageSlice(usage, since, until) for usage in usages if usage.end is None)


def _months(since: datetime, until: datetime) -> Iterator[datetime]:
    month = _first(since)
    while month <= until:
        yield month
        month = _following(month)


def _following(month: datetime) -> datetime:
    return _first(month + timedelta(days=32))


def _first(moment: datetime) -> datetime:
    day = moment.astimezone(UTC)
    return datetime(day.year, day.month, 1, tzinfo=UTC)
