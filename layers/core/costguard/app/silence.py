"""Silence: the guard did not run for a while, or its ledger was restored.

Earlier warnings do not count then: everybody is warned again, with a whole grace period.
"""

from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.app.ports import GuardPorts, SweepPorts
from costguard.common.datetimes import parse_time

WOKE = "woke"
"""The marker of the moment from which warnings count; a restore of the ledger writes it too."""
SLEPT = "slept"
"""The marker of the last sweep before a silence, of which the admins hear."""
SILENT_INTERVALS = 3
"""Sweeps that may be missed before the guard counts as silent."""


class Silence(Struct, frozen=True, kw_only=True):
    """Since when warnings count, and whether the guard is still silent."""

    valid_since: datetime | None = None
    asleep: bool = False
    woke: Mapping[str, datetime] = {}  # by place: it was not read for long, until then

    def at(self, place: str) -> "Silence":
        """Return since when warnings count in one place."""
        own = self.woke.get(place)
        if own is None or (self.valid_since and own <= self.valid_since):
            return self
        return replace(self, valid_since=own)


def woke_at(place: str) -> str:
    """Return the marker of the moment from which warnings in a place count."""
    return f"{WOKE} {place}"


def silence_at(
    swept: datetime | None, woke: datetime | None, interval: timedelta, *, now: datetime
) -> Silence:
    """Derive it from the last sweep; a guard that has never swept was not silent.

    The silence lasts until a sweep has finished, however many attempts that takes.
    """
    late = swept is not None and now - swept > SILENT_INTERVALS * interval
    return Silence(valid_since=woke, asleep=late)


def find_silence(ports: GuardPorts, swept: datetime | None, *, now: datetime) -> Silence:
    """Read it before a decision."""
    if not ports.spokes:
        return silence_at(swept, ports.marks.last_time(WOKE), ports.sweep_interval, now=now)
    words = {woke_at(place): place for place in ports.spokes}
    known = ports.marks.last_times([WOKE, *words])
    found = silence_at(swept, known.get(WOKE), ports.sweep_interval, now=now)
    return replace(found, woke={words[w]: time for w, time in known.items() if w in words})


def wake(ports: SweepPorts, swept: datetime | None, *, now: datetime) -> Silence:
    """End a silence with this sweep: warnings count from now on.

    So they do where a restore was marked with a later time, by a clock that is wrong: nobody is
    warned anew in each sweep until then.
    """
    silence = find_silence(ports, swept, now=now)
    if silence.valid_since and silence.valid_since > now:
        ports.marks.mark_time(WOKE, now)
        silence = replace(silence, valid_since=now)
    if swept is None or not silence.asleep:
        return silence
    woke = silence.valid_since
    if woke and swept < woke and now - woke <= SILENT_INTERVALS * ports.sweep_interval:
        return silence  # the sweep before this one ended it, and did not come to its end
    ports.marks.mark_time(SLEPT, swept)
    ports.marks.mark_time(WOKE, now)
    ports.log("guard was silent", outcome="woke", why=f"last sweep {swept.isoformat()}")
    ports.count({"SilenceSeconds": int((now - swept).total_seconds())})
    return Silence(valid_since=now, asleep=True)


def is_late(due: object, interval: timedelta, *, now: datetime) -> bool:
    """Return whether a scheduled sweep waited so long that the next one is due.

    Lambda keeps asynchronous events for hours while a function is throttled. A sweep that an admin
    starts is never late.
    """
    return due is not None and now - parse_time(due) > interval
