"""Places besides home that could not be read: what stays as it was, and what the admins hear."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime

from costguard.app.ports import GuardPorts, SweepPorts
from costguard.app.silence import SILENT_INTERVALS, Silence, woke_at
from costguard.app.telling import tell_by_mark
from costguard.common.errors import SpokeUnreadableError
from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.policy.in_account import place_title
from costguard.resources.model import Resource
from costguard.resources.places import HOME

READ, UNREAD = "spoke read {}", "spoke unread {}"
_TOLD, _TOLD_AGAIN = "spoke unread {} since {}", "spoke read {} again after {}"


def failed_places(errors: Iterable[Exception]) -> frozenset[str]:
    """Name the places in which something could not be read."""
    return frozenset(e.place if isinstance(e, SpokeUnreadableError) else HOME for e in errors)


def unread_places(errors: Iterable[Exception], seen: Iterable[Resource]) -> frozenset[str]:
    """Name the places besides home in which nothing could be read, of what was seen anywhere.

    Of a place that is listed a second time, for the parents of what runs, the first answer counts.
    """
    spokes = (each for each in errors if isinstance(each, SpokeUnreadableError))
    return frozenset(e.place for e in spokes if e.whole) - {each.place for each in seen}


def marks_of(spokes: Iterable[str]) -> list[str]:
    """Name the marks that tell since when places are not read."""
    return [word.format(place) for place in spokes for word in (READ, UNREAD)]


def unread_since(known: Mapping[str, datetime], spokes: Iterable[str]) -> Mapping[str, datetime]:
    """Return, by those marks, the time of each place that is not read; none of those read again."""
    found = dict[str, datetime]()
    for place in spokes:
        read, unread = known.get(READ.format(place)), known.get(UNREAD.format(place))
        if unread and (read is None or read < unread):
            found[place] = unread
    return found


def note_spokes(
    ports: SweepPorts, errors: Iterable[Exception], now: datetime
) -> Mapping[str, datetime]:
    """Keep since when each place besides home is not read, or is read again, and tell the admins.

    They hear of it once it was not read by two sweeps in a row, and again when it is read. Returns
    since when nothing was seen of places that are read again, or of which still nothing is.
    """
    if not ports.spokes:
        return {}
    failed = {e.place: e for e in errors if isinstance(e, SpokeUnreadableError)}
    since = unread_since(ports.marks.last_times(marks_of(ports.spokes)), ports.spokes)
    for place in ports.spokes:
        lost = since.get(place)
        if place not in failed:
            if lost:
                _found_again(ports, place, lost, now)
        elif lost is None:
            ports.marks.mark_time(UNREAD.format(place), now)
        else:
            _tell_unread(ports, failed[place], lost, now)
    return {p: lost for p, lost in since.items() if p not in failed or failed[p].whole}


def while_unread(ports: GuardPorts, silence: Silence, place: str, now: datetime) -> Silence:
    """Wait for a sweep that reads a place again, where none did for long: it warns anew."""
    known = ports.marks.last_times(marks_of([place])) if place else {}
    lost = unread_since(known, [place]).get(place)
    is_late = lost is not None and now - lost > SILENT_INTERVALS * ports.sweep_interval
    return replace(silence, asleep=True) if is_late else silence


def _tell_unread(
    ports: SweepPorts, error: SpokeUnreadableError, since: datetime, now: datetime
) -> None:
    text = templates.SPOKE_UNREAD if error.whole else templates.SPOKE_PARTLY_READ
    where, why = place_title(ports.policy, error.place), single_line(error.why, 300)
    text = text.format(place=where, why=why)
    mark = _TOLD.format(error.place, since.isoformat())
    tell_by_mark(ports.marks, mark, lambda _: ports.texts.publish(text), now)


def _found_again(ports: SweepPorts, place: str, since: datetime, now: datetime) -> None:
    """Begin anew what a silence interrupts, and tell those who heard that it was not read."""
    if now - since > SILENT_INTERVALS * ports.sweep_interval:
        ports.marks.mark_time(woke_at(place), now)
    if ports.marks.last_time(_TOLD.format(place, since.isoformat())):
        text = templates.SPOKE_READ.format(place=place_title(ports.policy, place))
        mark = _TOLD_AGAIN.format(place, since.isoformat())
        tell_by_mark(ports.marks, mark, lambda _: ports.texts.publish(text), now)
    ports.marks.mark_time(READ.format(place), now)
