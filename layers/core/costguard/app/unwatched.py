"""Look, once an hour, at what the guard only tells of."""

from datetime import datetime, timedelta
from functools import partial

from costguard.app.ports import SweepPorts, UnwatchedReader
from costguard.app.spokes import marks_of, unread_since
from costguard.common.concurrency import ErrorCollector
from costguard.resources.places import HOME, account_and_region
from costguard.resources.unwatched import UnwatchedList

LOOK_EVERY = timedelta(hours=1)


def look_at_unwatched(ports: SweepPorts, now: datetime) -> None:
    """Keep what there is in each place for the summary, unless that was done within the hour.

    A place that fails hides no other, and one that cannot be read now is not waited for.
    """
    last = ports.unwatched_ledger.last_unwatched()
    if last and timedelta(0) <= now - last.time < LOOK_EVERY:
        return
    errors, readers = ErrorCollector(), ports.unwatched_places
    unread = unread_since(ports.marks.last_times(marks_of(readers)), readers) if readers else {}
    looks = (partial(_look, ports, *e, now) for e in readers.items() if e[0] not in unread)
    errors.add(ports.run_concurrently(looks))
    with errors:
        _look(ports, HOME, ports.unwatched, now)
    if errors.errors:
        raise ExceptionGroup("not everywhere was looked", errors.errors)


def _look(ports: SweepPorts, place: str, reader: UnwatchedReader, now: datetime) -> None:
    found, unread = reader.unwatched()
    region = account_and_region(place, ports.place)[1]
    seen = UnwatchedList(time=now, region=region, found=found, unread=unread)
    ports.unwatched_ledger.keep_unwatched(seen, place)
