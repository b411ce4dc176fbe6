"""Metering: the usage that `watch` and `sweep` store, and the costs that they know."""

from collections.abc import Callable, Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice

from costguard.app.ports import Inventory, UsageStore
from costguard.costs.budgets import STALE_AFTER, WEEK, CostContext, month_of, sum_spend
from costguard.costs.components import COMPONENTS
from costguard.costs.course_spend import CourseMeter
from costguard.costs.usage import Usage, close_usage, is_of_earlier, update_usage
from costguard.ownership.directory import CostLabels
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceRef
from costguard.rules.burn_rate import RULE as BURN_RATE
from costguard.rules.idle import RULE as IDLE
from costguard.rules.over_budget import RULE as OVER_BUDGET

SUM_UP_EVERY = timedelta(hours=1)
_DESCRIBED_A_DAY = 500  # Describe calls for new resources; the rest follows in the next sweep

is_volume = COMPONENTS.is_volume

type MeteringTask = Callable[[], None]


def record_usage(
    usage: UsageStore, resource: Resource, policy: Policy, *, swept: datetime | None, now: datetime
) -> None:
    """Store the usage that one description of a resource shows."""
    _write(usage, resource, tuple(usage.known(resource.ref)), policy, swept, now)


def end_usage(usage: UsageStore, ref: ResourceRef, *, now: datetime) -> None:
    """Close the usage of a deleted resource."""
    known = {row.key: row for row in usage.known(ref)}
    for row in close_usage(known.values(), swept=now, now=now):
        usage.save(row, known[row.key], now)


def meter_fleet(
    usage: UsageStore,
    inventory: Inventory,
    fleet: Iterable[Resource],
    policy: Policy,
    *,
    swept: datetime | None,
    now: datetime,
) -> list[MeteringTask]:
    """List the tasks that update the meter: one for each resource, then the volumes."""
    rows = sorted(usage.open(), key=lambda row: row.ref.key)
    by_key = {key: tuple(group) for key, group in groupby(rows, key=lambda row: row.ref.key)}
    running = {r.ref.key: r for r in fleet}
    tasks: list[MeteringTask] = [
        partial(_write, usage, resource, by_key.get(key, ()), policy, swept, now)
        for key, resource in running.items()
    ]
    gone = (known for key, known in by_key.items() if key not in running)
    ended = (known for known in gone if any(_goes_on(row) for row in known))
    tasks += [partial(_meter_ended, usage, inventory, known, policy, swept, now) for known in ended]
    pools = (r for r in running.values() if COMPONENTS.metered_ref(r) != r.ref)
    unknown = (r for r in pools if COMPONENTS.metered_ref(r).key not in by_key)
    tasks += [partial(_meter_pool, usage, inventory, r, policy, swept, now) for r in unknown]
    if swept is None or swept.date() != now.date():  # the first sweep of a UTC day
        tasks.append(partial(_meter_volumes, usage, inventory, by_key, policy, now))
    return tasks


def cost_context(
    usage: UsageStore, policy: Policy, *, now: datetime, whole_fleet: bool = False
) -> CostContext | None:
    """Return the known costs if a rule needs them; costs that are too old count as unknown.

    Rates of all that runs matter only if all is evaluated; those of one where idleness rests on it.
    """
    if not _has_budgets(policy):
        rate = _idle_by_price(policy) or (whole_fleet and BURN_RATE.id in policy.rules)
        return CostContext(None, usage.prices(now)) if rate else None
    spent = usage.spend()
    if spent is not None and now - spent.time > STALE_AFTER:
        spent = None
    return CostContext(spent, usage.prices(now))


def update_spend(usage: UsageStore, policy: Policy, *, now: datetime) -> CostContext | None:
    """Sum up the spend if budgets need it, unless that was just done."""
    known = cost_context(usage, policy, now=now, whole_fleet=True)
    last = known.spend.time if known and known.spend else None
    if not _has_budgets(policy) or (last and now - last < SUM_UP_EVERY):
        return known
    zone = policy.timezone.info
    running = [each for each in policy.courses if each.is_running(now, zone)]
    begun = (each.bounds(zone)[0] for each in running)
    since = min(month_of(now, zone)[1], now - WEEK, *begun)
    prices = usage.prices(now)
    courses = CourseMeter(policy.directory.seats, running, prices)
    spent = sum_spend(usage.slices(since, now), prices, zone, now, courses)
    usage.keep_spend(spent)
    return CostContext(spent, prices)


def _write(
    usage: UsageStore,
    resource: Resource,
    known: tuple[Usage, ...],
    policy: Policy,
    swept: datetime | None,
    now: datetime,
) -> None:
    before = {row.key: row for row in known}
    labels = _labels(resource, known, policy)
    for row in update_usage(resource, known, labels, swept=swept, now=now):
        usage.save(row, before.get(row.key), now)


def _goes_on(row: Usage) -> bool:
    return row.end is None and not is_volume(row.component)


def _meter_ended(
    usage: UsageStore,
    inventory: Inventory,
    known: tuple[Usage, ...],
    policy: Policy,
    swept: datetime | None,
    now: datetime,
) -> None:
    """Describe resources no longer listed; close their usage, or keep the warm pool open."""
    resource = inventory.describe(known[0].ref)
    if resource is not None:
        _write(usage, resource, known, policy, swept, now)
        return
    before = {row.key: row for row in known}
    for row in close_usage(known, swept=swept, now=now):
        usage.save(row, before[row.key], now)


def _meter_pool(
    usage: UsageStore,
    inventory: Inventory,
    pool: Resource,
    policy: Policy,
    swept: datetime | None,
    now: datetime,
) -> None:
    """Meter the job of a warm pool that no meter knows: it ended before anybody looked."""
    if (job := inventory.describe(COMPONENTS.metered_ref(pool))) is not None:
        job = replace(job, tags=pool.tags, creator=pool.creator)
        _write(usage, job, (), policy, swept, now)


def _meter_volumes(
    usage: UsageStore,
    inventory: Inventory,
    by_key: Mapping[str, tuple[Usage, ...]],
    policy: Policy,
    now: datetime,
) -> None:
    """Meter every volume, also of resources that never ran."""
    existing = {ref.key: ref for ref in inventory.with_volumes()}
    metered = {
        key
        for key, rows in by_key.items()
        if any(is_volume(row.component) and row.end is None for row in rows)
    }
    for key in metered - existing.keys():
        for row in close_usage(by_key[key], swept=now, now=now):
            usage.save(row, next(r for r in by_key[key] if r.key == row.key), now)
    new = [ref for key, ref in existing.items() if key not in metered]
    for ref in islice(new, _DESCRIBED_A_DAY):
        if (resource := inventory.describe(ref)) is not None:
            _write(usage, resource, by_key.get(ref.key, ()), policy, None, now)


def _labels(resource: Resource, known: Iterable[Usage], policy: Policy) -> CostLabels | None:
    """Return owner, project and purpose; None to keep those of confirmed tags."""
    sure = resource.tags is not None and (resource.tags or resource.tags_confirmed)
    own = resource.ref.key
    same = (row for row in known if row.ref.key == own and not is_of_earlier(row, resource))
    if not sure and any(row.labels != CostLabels() for row in same):
        return None
    return policy.directory.labels(resource)


def _has_budgets(policy: Policy) -> bool:
    budgets = policy.budgets
    of_courses = any(each.has_budget for each in policy.courses)
    named = budgets.per_project or budgets.per_owner
    return OVER_BUDGET.id in policy.rules and (of_courses or bool(named))


def _idle_by_price(policy: Policy) -> bool:
    settings = policy.rules.get(IDLE.id)
    return settings is not None and settings.options.by_price
