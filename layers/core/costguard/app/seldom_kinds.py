"""Kinds that nobody uses are listed once an hour, and not in every sweep.

For an hour after an event about one, its kind is listed in each: what the event told of may start
to run later, and no other event may tell.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from costguard.app.ports import GuardPorts, WatchPorts
from costguard.common.concurrency import ErrorCollector
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS, kind_of_arn

LISTED_EVERY = timedelta(hours=1)
_WORDS = {kind.name: f"there was no {kind.name}" for kind in KINDS.values() if kind.seldom}
_HEARD = {name: f"an event was about {name}" for name in _WORDS}


def note_event(ports: WatchPorts, kind: str, now: datetime) -> None:
    """Keep that there may be one of a seldom kind."""
    if kind in _HEARD:
        ports.marks.mark_time(_HEARD[kind], now)


type _Listed = tuple[tuple[Resource, ...], tuple[Exception, ...]]


def list_running(
    ports: GuardPorts, used: Collection[str], errors: ErrorCollector, now: datetime
) -> _Listed:
    """List what runs, of seldom kinds where there may be one, and note which of them are empty."""
    running, failures, skipped = _list(ports, used, errors, now)
    if not failures:
        found = {resource.kind for resource in running}
        with errors:
            for name in sorted(_WORDS.keys() - found - skipped):
                ports.marks.mark_time(_WORDS[name], now)
    return running, failures


def list_again(ports: GuardPorts, used: Collection[str], now: datetime) -> _Listed:
    """List for a second look what the sweep listed; where that is not known, everything."""
    running, failures, _ = _list(ports, used, ErrorCollector(), now)
    return running, failures


def _list(
    ports: GuardPorts, used: Collection[str], errors: ErrorCollector, now: datetime
) -> tuple[tuple[Resource, ...], tuple[Exception, ...], frozenset[str]]:
    """List what runs, and name the kinds that are not listed; `used` are kinds of open cases.

    A child of such a kind shows that there is a parent.
    """
    skipped = _empty_lately(ports, errors, now) - frozenset(used)
    running, failures = ports.inventory.running(now, skipped)
    parents = (kind_of_arn(each.parent) for each in running if each.parent)
    if late := skipped & {kind.name for kind in parents if kind}:
        more, failed = ports.inventory.running(now, KINDS.keys() - late)
        running, failures, skipped = running + more, failures + failed, skipped - late
    return running, failures, skipped


def _empty_lately(ports: GuardPorts, errors: ErrorCollector, now: datetime) -> frozenset[str]:
    """Name the kinds of which there was none within the last hour; none that is not known."""
    with errors:
        seen = ports.marks.last_times([*_WORDS.values(), *_HEARD.values()])
        lately = {word for word, time in seen.items() if timedelta(0) <= now - time < LISTED_EVERY}
        return frozenset(n for n in _WORDS if _WORDS[n] in lately and _HEARD[n] not in lately)
    return frozenset()
