"""Look, once an hour, at what the guard only tells of."""

from datetime import datetime, timedelta

from costguard.app.ports import SweepPorts
from costguard.resources.unwatched import UnwatchedList

LOOK_EVERY = timedelta(hours=1)


def look_at_unwatched(ports: SweepPorts, now: datetime) -> None:
    """Keep what there is for the summary, unless that was done within the hour."""
    last = ports.unwatched_ledger.last_unwatched()
    if last and timedelta(0) <= now - last.time < LOOK_EVERY:
        return
    found, unread = ports.unwatched.unwatched()
    seen = UnwatchedList(time=now, region=ports.place[1], found=found, unread=unread)
    ports.unwatched_ledger.keep_unwatched(seen)
