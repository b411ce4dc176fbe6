"""Usage: intervals in which resources ran, with their owners, made from observations.

An interval is known by its resource, component and start, so that repeated, reordered and late
events write the same rows; its end is the earliest that was ever reported. It is longer than other
modules because every way in which a kind is metered is here.
"""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta

from msgspec import UNSET, Struct, UnsetType

from costguard.common.observed import AwareTime, Count, TokenCount
from costguard.costs.components import COMPONENTS, Components
from costguard.ownership.directory import CostLabels
from costguard.resources.billing import Metered
from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus
from costguard.resources.places import HOME


class Usage(Struct, frozen=True, kw_only=True):
    """One interval of one resource. `end` None: it is open. Times are aware UTC."""

    kind: str
    name: str
    place: str | UnsetType = UNSET  # unless it is that of the stack
    component: str
    region: str
    start: AwareTime
    end: AwareTime | None = None
    groups: tuple[InstanceGroup, ...] = ()  # empty for a volume, or if AWS does not report it
    volume_gb: Count | None = None
    billable: timedelta | None = None  # the billed seconds, if fewer than the whole interval
    spot: bool = False
    prepaid: bool | UnsetType = UNSET  # True: a training plan covers it
    by_token: bool | UnsetType = UNSET  # True: AWS bills its tokens
    tokens: TokenCount | UnsetType = UNSET  # as many as AWS has counted
    labels: CostLabels = CostLabels()
    unlabelled: bool | UnsetType = UNSET  # True: its labels were never known

    @property
    def ref(self) -> ResourceRef:
        """Name its resource."""
        return ResourceRef(self.kind, self.name, self.place or HOME)

    @property
    def key(self) -> str:
        """Identify the interval."""
        return f"{self.ref.key}#{self.component}#{self.start.isoformat()}"

    def touches(self, since: datetime, until: datetime) -> bool:
        """Tell whether any of it is in a period."""
        return self.start < until and (self.end is None or self.end > since)

    def within(self, since: datetime, until: datetime) -> timedelta:
        """Measure its part in a period; an open interval lasts to the end of the period."""
        end = until if self.end is None else min(self.end, until)
        return max(end - max(self.start, since), timedelta(0))


type UsageChange = tuple[Usage, Usage | None]
"""An interval as it is now, and as it was stored; None for a new one."""


def update_usage(
    resource: Resource,
    known: Iterable[Usage],
    labels: CostLabels | None,
    *,
    swept: datetime | None,
    now: datetime,
    components: Components = COMPONENTS,
) -> tuple[Usage, ...]:
    """Compare one resource as it is now with its known intervals; return the rows to write.

    `labels` None: the tags are not known now. `swept` is the last sweep: a run that is found ended
    without an event is closed at that time, which is wrong by one sweep interval at most.
    """
    own = resource.ref.key
    every = {row.key: row for row in known if row.ref.key == own}
    rows = {key: row for key, row in every.items() if not is_of_earlier(row, resource)}
    wanted = _run(resource, rows, swept, now, components)
    if pool := components.of(resource, Metered.WARM_POOL):
        wanted += _pool(resource, pool)
    if volume := components.of(resource, Metered.VOLUME):
        wanted += _volume(resource, volume, rows, now)
    before = [rows.get(row.key) for row in wanted]
    named = [_labelled(row, old, labels) for row, old in zip(wanted, before, strict=True)]
    open_before = (row for key, row in every.items() if key not in rows and row.end is None)
    gone = (_closed(row, min(resource.created or now, swept or now)) for row in open_before)
    return (*(new for new, old in zip(named, before, strict=True) if new != old), *gone)


def close_usage(
    known: Iterable[Usage], *, swept: datetime | None, now: datetime
) -> tuple[Usage, ...]:
    """Close the intervals of a deleted resource."""
    return tuple(
        _closed(row, now if COMPONENTS.is_volume(row.component) else swept or now)
        for row in known
        if row.end is None
    )


def _run(
    resource: Resource,
    rows: Mapping[str, Usage],
    swept: datetime | None,
    now: datetime,
    components: Components,
) -> list[Usage]:
    """Open the present run, close an ended one."""
    component = components.metered_as(resource)
    if component is None or resource.status is ResourceStatus.UNKNOWN:
        return []
    if components.kind_of(resource).translation.moves:
        runs = {key: row for key, row in rows.items() if row.component == component}
        return _moving(resource, component, runs, swept, now)
    if resource.billing.free:  # an earlier version metered what AWS bills at nothing
        return [_closed(row, row.start) for row in rows.values() if row.end is None]
    if resource.started is None:
        return []
    if components.kind_of(resource).translation.changed:
        own = (row for row in rows.values() if row.component == component)
        return _resizing(resource, component, resource.started, own, now)
    return _at_once(resource, component, resource.started, rows, now)


def _at_once(
    resource: Resource, component: str, started: datetime, rows: Mapping[str, Usage], now: datetime
) -> list[Usage]:
    """Meter what has one run, with the same instances from its start to its end."""
    over = resource.status is ResourceStatus.STOPPED
    end = (resource.billing.ended or now) if over else None
    run = _new(resource, component, started)
    ended = rows.get(run.key)
    if end is None and ended and ended.end:
        return []  # an older observation; it has ended since
    if over and resource.billing.ended is None and ended and ended.end:
        end = ended.end
    return [replace(run, end=end, billable=resource.billing.billable if over else None)]


def _moving(
    resource: Resource,
    component: str,
    runs: Mapping[str, Usage],
    swept: datetime | None,
    now: datetime,
) -> list[Usage]:
    """Meter what reports one moment only, as a notebook does: its last change of state."""
    changed = resource.started or now
    open_now = [row for row in runs.values() if row.end is None]
    if resource.status is ResourceStatus.RUNNING:
        older = [row for row in open_now if row.start < changed]
        closed = [_closed(row, min(changed, swept or changed)) for row in older]
        if any(row.start > changed for row in open_now):
            return closed
        run = _new(resource, component, changed)
        there = runs.get(run.key)
        return [*closed, replace(there, groups=run.groups) if there else run]
    if resource.status is ResourceStatus.STARTING:
        return [_closed(row, min(changed, swept or changed)) for row in open_now]
    earlier = [row for row in runs.values() if row.end and row.end > changed]
    late = [row for row in earlier if row.start <= changed]  # told late the first time
    return [_closed(row, min(changed, now)) for row in (*open_now, *late)]


def _resizing(
    resource: Resource, component: str, started: datetime, rows: Iterable[Usage], now: datetime
) -> list[Usage]:
    """Meter what may be given other instances while it runs: each size is one interval."""
    new, known = _new(resource, component, started), list(rows)
    open_now = [row for row in known if row.end is None]
    if resource.status is ResourceStatus.STOPPED:
        return [_closed(row, now) for row in open_now]
    same = [row for row in open_now if row.start >= started and row.groups == new.groups]
    over = [
        _closed(row, max(started, row.start) if row.start < started else now)
        for row in open_now
        if row not in same
    ]
    if same:
        return [*over, *same]
    return [*over, replace(new, start=now if any(r.start >= started for r in known) else started)]


def _pool(resource: Resource, component: str) -> list[Usage]:
    """Meter a warm pool after its job."""
    facts = resource.billing
    if facts.ended is None or (facts.retained is None and not facts.retaining):
        return []
    end = None if facts.retaining else facts.ended + (facts.retained or timedelta(0))
    return [replace(_new(resource, component, facts.ended), end=end)]


def _volume(
    resource: Resource, component: str, rows: Mapping[str, Usage], now: datetime
) -> list[Usage]:
    """Meter a volume, which is billed from its creation to its deletion."""
    size = resource.billing.volume_gb
    if size is None:
        return []
    known = [row for row in rows.values() if row.component == component and row.end is None]
    if any(row.volume_gb == size for row in known):
        return [row for row in known if row.volume_gb == size]
    begun = (resource.started if known else resource.created) or now
    new = replace(_new(resource, component, begun), groups=(), volume_gb=size)
    return [*(_closed(row, begun) for row in known), new]


def _new(resource: Resource, component: str, start: datetime) -> Usage:
    return Usage(
        kind=resource.kind,
        name=resource.name,
        place=resource.place or UNSET,
        component=component,
        region=resource.region,
        start=start,
        groups=resource.groups or (),
        spot=resource.billing.spot,
        prepaid=resource.billing.prepaid or UNSET,
        by_token=resource.billing.by_token or UNSET,
        tokens=UNSET if resource.billing.tokens is None else resource.billing.tokens,
    )


def is_of_earlier(row: Usage, resource: Resource) -> bool:
    """Tell whether an interval is of an earlier resource, which was deleted and had this name."""
    return resource.created is not None and row.start < resource.created


def _closed(row: Usage, end: datetime) -> Usage:
    return replace(row, end=max(row.start, end))


def _labelled(row: Usage, before: Usage | None, labels: CostLabels | None) -> Usage:
    """Set the labels of an interval; labels that are not known now stay as they were.

    Labels of a finished run do not change: later tags or repeated events do not move its cost. Only
    labels that were never known are set, by the first event that has them.
    """
    if before and (labels is None or (before.end and not before.unlabelled)):
        return replace(row, labels=before.labels, unlabelled=before.unlabelled)
    if labels is None:
        return replace(row, unlabelled=True)
    return replace(row, labels=labels, unlabelled=UNSET)
