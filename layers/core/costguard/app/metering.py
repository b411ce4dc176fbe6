"""Metering: the usage that `watch` and `sweep` store.

It is longer than other modules because every way in which usage is written is here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import replace
from datetime import datetime
from functools import partial
from itertools import batched, groupby, islice

from costguard.app.ports import Inventory, UsageStore
from costguard.common.concurrency import ErrorCollector
from costguard.costs.components import COMPONENTS
from costguard.costs.usage import Usage, UsageChange, close_usage, is_of_earlier, update_usage
from costguard.ownership.directory import CostLabels
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME

_TOGETHER = 100  # resources whose new rows are written in few calls
_DESCRIBED_A_DAY = 500  # Describe calls for new volumes in all places; the rest follows later

is_volume = COMPONENTS.is_volume

type MeteringTask = Callable[[], None]
type LastRead = Callable[[str], datetime | None]
"""Answers when a place was read before now."""


def record_usage(
    usage: UsageStore, resource: Resource, policy: Policy, *, swept: datetime | None, now: datetime
) -> None:
    """Store the usage that one description of a resource shows."""
    known = tuple(usage.known(resource.ref))
    usage.save(_changes(resource, known, policy, swept, now), now)


def as_its_parent(child: Resource, parent: Resource | None) -> Resource:
    """Charge a child without tags as what SageMaker made it for, which has the tags of a person.

    A tuning job's tags are its jobs', too (CreateHyperParameterTuningJob); of an AutoML job and of
    a schedule AWS documents no such thing.
    """
    if parent is None or child.tags or not parent.tags:
        return child
    confirmed, creator = parent.tags_confirmed, child.creator or parent.creator
    return replace(child, tags=parent.tags, tags_confirmed=confirmed, creator=creator)


def end_usage(usage: UsageStore, ref: ResourceRef, *, now: datetime) -> None:
    """Close the usage of a deleted resource."""
    known = {row.key: row for row in usage.known(ref)}
    closed = close_usage(known.values(), swept=now, now=now)
    usage.save([(row, known[row.key]) for row in closed], now)


def meter_fleet(  # noqa: PLR0913 - what the meter rests on
    usage: UsageStore,
    inventory: Inventory,
    fleet: Collection[Resource],
    policy: Policy,
    *,
    swept: datetime | None,
    now: datetime,
    spokes: Collection[str] = (),
    unread: Collection[str] = (),
    lost: Mapping[str, datetime] = {},
) -> list[MeteringTask]:
    """List the tasks that update the meter; the rows of an unread place stay as they are.

    `lost` is since when nothing was seen of places: what ended there meanwhile ended then.
    """
    # longer than 30 lines: one line a task
    last = partial(_last_read, swept, lost)
    by_key, running = _known_by_key(usage, unread), _by_key(fleet)
    known = [(resource, by_key.get(key, ())) for key, resource in running.items()]
    some = batched(known, _TOGETHER, strict=False)
    tasks: list[MeteringTask]
    tasks = [partial(_meter_running, usage, each, policy, last, now) for each in some]
    gone = (known for key, known in by_key.items() if key not in running)
    ended = (known for known in gone if any(_goes_on(row) for row in known))
    tasks += [partial(_meter_ended, usage, inventory, known, policy, last, now) for known in ended]
    pools = (r for r in running.values() if COMPONENTS.metered_ref(r) != r.ref)
    unknown = (r for r in pools if COMPONENTS.metered_ref(r).key not in by_key)
    tasks += [partial(_meter_pool, usage, inventory, r, policy, last, now) for r in unknown]
    if swept is None or swept.date() != now.date():  # the first sweep of a UTC day
        known_there = {rows[0].ref.place for rows in by_key.values()}
        places = sorted({HOME, *spokes, *known_there} - set(unread))
        volumes = partial(_meter_volumes, usage, inventory, by_key, policy, now)
        most = _DESCRIBED_A_DAY // len(places)
        tasks += [partial(volumes, place=place, most=most) for place in places]
    return tasks


def _last_read(swept: datetime | None, lost: Mapping[str, datetime], place: str) -> datetime | None:
    since = lost.get(place)
    return min(swept, since) if swept and since else swept


def _by_key(fleet: Collection[Resource]) -> Mapping[str, Resource]:
    """Name each by its key, as its parent where it has one."""
    by_arn = {r.arn.lower(): r for r in fleet}
    every = (as_its_parent(r, by_arn.get((r.parent or "").lower())) for r in fleet)
    return {r.ref.key: r for r in every}


def _known_by_key(usage: UsageStore, unread: Collection[str]) -> Mapping[str, tuple[Usage, ...]]:
    every = (row for row in usage.open() if row.ref.place not in unread)
    rows = sorted(every, key=lambda row: row.ref.key)
    return {key: tuple(group) for key, group in groupby(rows, key=lambda row: row.ref.key)}


def _meter_running(
    usage: UsageStore,
    some: Iterable[tuple[Resource, tuple[Usage, ...]]],
    policy: Policy,
    last: LastRead,
    now: datetime,
    *,
    volumes_alone: bool = False,
) -> None:
    """Write what changed of several resources together; one that cannot be metered hides none."""
    errors, changes = ErrorCollector(), list[UsageChange]()
    for resource, known in some:
        with errors:
            found = _changes(resource, known, policy, last(resource.place), now)
            changes += [c for c in found if is_volume(c[0].component) or not volumes_alone]
    with errors:
        usage.save(changes, now)
    if errors.errors:
        raise ExceptionGroup("not all is metered", errors.errors)


def _changes(
    resource: Resource,
    known: tuple[Usage, ...],
    policy: Policy,
    swept: datetime | None,
    now: datetime,
) -> list[UsageChange]:
    labels = _labels(resource, known, policy)
    if not (rows := update_usage(resource, known, labels, swept=swept, now=now)):
        return []
    before = {row.key: row for row in known}
    return [(row, before.get(row.key)) for row in rows]


def _goes_on(row: Usage) -> bool:
    return row.end is None and not is_volume(row.component)


def _meter_ended(
    usage: UsageStore,
    inventory: Inventory,
    known: tuple[Usage, ...],
    policy: Policy,
    last: LastRead,
    now: datetime,
) -> None:
    """Describe resources no longer listed; close their usage, or keep the warm pool open."""
    resource, swept = inventory.describe(known[0].ref), last(known[0].ref.place)
    if resource is not None:
        usage.save(_changes(resource, known, policy, swept, now), now)
        return
    before = {row.key: row for row in known}
    closed = close_usage(known, swept=swept, now=now)
    usage.save([(row, before[row.key]) for row in closed], now)


def _meter_pool(
    usage: UsageStore,
    inventory: Inventory,
    pool: Resource,
    policy: Policy,
    last: LastRead,
    now: datetime,
) -> None:
    """Meter the job of a warm pool that no meter knows: it ended before anybody looked."""
    if (job := inventory.describe(COMPONENTS.metered_ref(pool))) is not None:
        job = replace(job, tags=pool.tags, creator=pool.creator)
        usage.save(_changes(job, (), policy, last(job.place), now), now)


def _meter_volumes(  # noqa: PLR0913 - what the meter rests on
    usage: UsageStore,
    inventory: Inventory,
    by_key: Mapping[str, tuple[Usage, ...]],
    policy: Policy,
    now: datetime,
    *,
    most: int,
    place: str,
) -> None:
    """Meter every volume of a place, also of what never ran; runs have tasks of their own."""
    existing = {ref.key: ref for ref in inventory.with_volumes(place)}
    metered = {
        key
        for key, rows in by_key.items()
        if rows[0].ref.place == place
        and any(is_volume(row.component) and row.end is None for row in rows)
    }
    for key in metered - existing.keys():
        before = {row.key: row for row in by_key[key]}
        closed = close_usage(by_key[key], swept=now, now=now)
        usage.save([(row, before[row.key]) for row in closed], now)
    new = (ref for key, ref in existing.items() if key not in metered)
    found = map(inventory.describe, islice(new, most))
    known = ((each, by_key.get(each.ref.key, ())) for each in found if each is not None)
    _meter_running(usage, known, policy, lambda _: None, now, volumes_alone=True)


def _labels(resource: Resource, known: Iterable[Usage], policy: Policy) -> CostLabels | None:
    """Return owner, project and purpose; None to keep those of confirmed tags."""
    sure = resource.tags is not None and (resource.tags or resource.tags_confirmed)
    own = resource.ref.key
    same = (row for row in known if row.ref.key == own and not is_of_earlier(row, resource))
    if not sure and any(row.labels != CostLabels() for row in same):
        return None
    return policy.directory.labels(resource)
