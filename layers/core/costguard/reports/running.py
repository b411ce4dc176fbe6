"""The resources that bill now: running ones, and volumes of stopped ones."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from costguard.costs.components import COMPONENTS
from costguard.costs.prices import Prices
from costguard.costs.pricing import HOURS_A_MONTH, ZERO, UsageSlice, hourly_cost, price_slice
from costguard.costs.usage import Usage
from costguard.enforcement.audit import usage_key


class Running(Struct, frozen=True):
    """A running resource; USD `None`: no price is known."""

    usage: Usage
    usd_per_hour: Decimal | None
    usd_so_far: Decimal | None


class Stored(Struct, frozen=True):
    """A volume, which is billed while it exists."""

    usage: Usage
    usd_per_month: Decimal | None


def running_now(still: list[Usage], prices: Prices, now: datetime) -> tuple[Running, ...]:
    """List the running resources: first those without a price, then the most expensive."""
    found = []
    for usage in still:
        if COMPONENTS.is_volume(usage.component):
            continue
        rate = hourly_cost(usage, prices)
        spent = price_slice(UsageSlice(usage, usage.start, max(now, usage.start)), prices)
        known = not rate.unpriced
        found.append(Running(usage, rate.usd if known else None, spent.usd if known else None))
    return tuple(
        sorted(
            found,
            key=lambda r: (r.usd_per_hour is not None, -(r.usd_per_hour or ZERO), r.usage.name),
        )
    )


def stored_volumes(still: list[Usage], prices: Prices) -> tuple[Stored, ...]:
    """List the volumes of resources that do not run."""
    volumes = [usage for usage in still if COMPONENTS.is_volume(usage.component)]
    runs = {usage_key(usage) for usage in still if not COMPONENTS.is_volume(usage.component)}
    found = []
    for usage in volumes:
        if usage_key(usage) not in runs:
            rate = hourly_cost(usage, prices)
            found.append(Stored(usage, None if rate.unpriced else rate.usd * HOURS_A_MONTH))
    return tuple(sorted(found, key=lambda s: (-(s.usd_per_month or ZERO), s.usage.name)))
