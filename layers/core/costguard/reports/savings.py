"""The avoided costs of stops: the price of each until it would have ended anyway."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO
from costguard.costs.usage import Usage
from costguard.enforcement.audit import STOPPED, AuditEntry, usage_key

_OPENS = time(9)

_WEEKEND = 5

FORMULA = (
    "$/h x hours from each stop to the earliest of: 09:00 on the next working day, the next start, "
    "the end of the time a job had left, now"
)


class StopSavings(Struct, frozen=True):
    """One stop, and its avoided costs; `usd` None: no price is known."""

    entry: AuditEntry
    until: datetime
    usd: Decimal | None


def savings_of_stops(
    actions: Iterable[AuditEntry],
    usages: Iterable[Usage],
    prices: Prices,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[StopSavings, ...]:
    """Price every stop by the formula; a repeated stop ends where the next run or stop begins."""
    done = [a for a in actions if a.what == STOPPED]
    again: dict[tuple[str, str], list[datetime]] = {}
    for each in done:
        again.setdefault(each.key, []).append(each.time)
    for usage in usages:
        again.setdefault(usage_key(usage), []).append(usage.start)
    return tuple(_stop(each, again, prices, zone, now) for each in done)


def working_start(after: datetime, zone: ZoneInfo) -> datetime:
    """Name the next 09:00 of a working day, Monday to Friday."""
    day = after.astimezone(zone).date()
    while True:
        opens = datetime.combine(day, _OPENS, zone)
        if opens > after and day.weekday() < _WEEKEND:
            return opens
        day += timedelta(days=1)


def _stop(
    done: AuditEntry,
    again: Mapping[tuple[str, str], list[datetime]],
    prices: Prices,
    zone: ZoneInfo,
    now: datetime,
) -> StopSavings:
    resource, when = done.resource, done.time
    ends = [now, working_start(when, zone), *(t for t in again[done.key] if t > when)]
    if resource.max_runtime is not None:
        ends.append((resource.started or when) + resource.max_runtime)
    until = max(when, min(ends))
    rates = prices.hourly_of_each(resource)
    if rates is None:
        return StopSavings(done, until, None)
    hours = Decimal((until - when) // timedelta(microseconds=1)) / Decimal(3_600_000_000)
    return StopSavings(done, until, min(rates) * hours if until > when else ZERO)
