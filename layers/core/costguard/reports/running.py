"""What bills at this moment: what runs, and the volumes of notebooks that do not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from costguard.costs.prices import Prices
from costguard.costs.spend import HOURS_A_MONTH, ZERO, UsageSlice, hourly_cost, price_slice
from costguard.costs.usage import NOTEBOOK, VOLUME, Usage
from costguard.enforcement.audit import usage_key


@dataclass(frozen=True, slots=True)
class Running:
    """Something that runs now; USD `None`: no price is known."""

    usage: Usage
    usd_per_hour: Decimal | None
    usd_so_far: Decimal | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A volume that is billed, whether or not its notebook runs."""

    usage: Usage
    usd_per_month: Decimal | None


def running_now(still: list[Usage], prices: Prices, now: datetime) -> tuple[Running, ...]:
    """List what runs, the dearest first, and before them what has no price."""
    found = []
    for usage in still:
        if usage.component == VOLUME:
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
    """List the volumes of notebooks that do not run."""
    runs = {usage_key(usage) for usage in still if usage.component == NOTEBOOK}
    found = []
    for usage in still:
        if usage.component == VOLUME and usage_key(usage) not in runs:
            rate = hourly_cost(usage, prices)
            found.append(Stored(usage, None if rate.unpriced else rate.usd * HOURS_A_MONTH))
    return tuple(sorted(found, key=lambda s: (-(s.usd_per_month or ZERO), s.usage.name)))
