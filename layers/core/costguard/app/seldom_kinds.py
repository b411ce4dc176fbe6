"""Kinds that nobody uses are listed once an hour, and not in every sweep.

For an hour after an event about one, its kind is listed in each: what the event told of may start
to run later, and no other event may tell.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from costguard.app.ports import GuardPorts, WatchPorts
from costguard.app.spokes import failed_places
from costguard.common.concurrency import ErrorCollector
from costguard.enforcement.case import Case
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME, within
from costguard.resources.registry import KINDS, kind_of_arn

LISTED_EVERY = timedelta(hours=1)
_SELDOM = tuple(kind.name for kind in KINDS.values() if kind.seldom)
_EMPTY, _HEARD = "there was no {}", "an event was about {}"


def note_event(ports: WatchPorts, ref: ResourceRef, now: datetime) -> None:
    """Keep that there may be one of a seldom kind in its place."""
    if ref.kind in _SELDOM:
        ports.marks.mark_time(_HEARD.format(kind_label(ref)), now)


def kind_label(of: Resource | ResourceRef | Case) -> str:
    """Label the kind of a resource in its place."""
    ref = of if isinstance(of, ResourceRef) else of.ref
    return within(ref.place, ref.kind)


def _labels(ports: GuardPorts, kinds: Iterable[str]) -> frozenset[str]:
    """Label some kinds in every place."""
    return frozenset(within(place, kind) for kind in kinds for place in (HOME, *ports.spokes))


type _Listed = tuple[tuple[Resource, ...], tuple[Exception, ...]]


def list_running(
    ports: GuardPorts, used: Collection[str], errors: ErrorCollector, now: datetime
) -> _Listed:
    """List what runs, of seldom kinds where there may be one, and note which of them are empty.

    `used` are the labels of kinds with open cases.
    """
    running, failures, skipped = _list(ports, used, errors, now)
    failed = failed_places(failures)
    listed = (place for place in (HOME, *ports.spokes) if place not in failed)
    empty = {within(place, kind) for place in listed for kind in _SELDOM}
    with errors:
        unused = sorted(empty - set(map(kind_label, running)) - skipped)
        ports.marks.mark_times([_EMPTY.format(label) for label in unused], now)
    return running, failures


def list_again(ports: GuardPorts, used: Collection[str], now: datetime) -> _Listed:
    """List for a second look what the sweep listed; where that is not known, everything."""
    running, failures, _ = _list(ports, used, ErrorCollector(), now)
    return running, failures


def _list(
    ports: GuardPorts, used: Collection[str], errors: ErrorCollector, now: datetime
) -> tuple[tuple[Resource, ...], tuple[Exception, ...], frozenset[str]]:
    """List what runs, and label the kinds that are not listed.

    A child of such a kind shows that there is a parent.
    """
    skipped = _empty_lately(ports, errors, now) - frozenset(used)
    running, failures = ports.inventory.running(now, skipped)
    parents = ((each.place, kind_of_arn(each.parent)) for each in running if each.parent)
    if late := skipped & {within(place, kind.name) for place, kind in parents if kind}:
        more, failed = ports.inventory.running(now, _labels(ports, KINDS) - late)
        running, failures, skipped = running + more, failures + failed, skipped - late
    return running, failures, skipped


def _empty_lately(ports: GuardPorts, errors: ErrorCollector, now: datetime) -> frozenset[str]:
    """Label the kinds of which there was none within the last hour; none that is not known."""
    with errors:
        labels = sorted(_labels(ports, _SELDOM))
        words = [word.format(label) for word in (_EMPTY, _HEARD) for label in labels]
        seen = ports.marks.last_times(words)
        lately = {word for word, time in seen.items() if timedelta(0) <= now - time < LISTED_EVERY}
        heard = {label for label in labels if _HEARD.format(label) in lately}
        return frozenset(e for e in labels if _EMPTY.format(e) in lately) - heard
    return frozenset()
