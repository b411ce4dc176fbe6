"""What a part of usage costs: an exact amount, rounded once.

    amount = seconds / 3600 x rate x instances          (volumes: hours / 730 x rate x GB)

Each amount is rounded once, to ten decimals as AWS's own rates, so that sums agree exactly
whatever they are grouped by. Usage without a price is counted apart, in hours, never as zero.
"""

from collections.abc import Hashable
from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from costguard.costs.prices import GB_MONTH, Prices
from costguard.costs.usage import Usage
from costguard.resources.model import InstanceGroup, choices

HOURS_A_MONTH = 730  # of a GB-month; the bill's own month has 672 to 744
_MICRO = timedelta(microseconds=1)
_MICROS_AN_HOUR = Decimal(3_600_000_000)
_GRAIN = Decimal("0.0000000001")
ZERO = Decimal(0)


class UsageSlice(Struct, frozen=True):
    """The part of a usage interval between two times."""

    usage: Usage
    since: datetime
    until: datetime


class PricedAmount(Struct, frozen=True):
    """A cost, and the parts without a price."""

    usd: Decimal
    unpriced: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def price_slice(piece: UsageSlice, prices: Prices) -> PricedAmount:
    """Price one slice; a job's billable time is spread evenly over its interval."""
    hour = _price_hour(piece.usage, prices)
    return replace(hour, usd=_exact(_hours(piece) * hour.usd)) if hour.usd else hour


def _price_hour(usage: Usage, prices: Prices) -> PricedAmount:
    """Price one hour, not rounded; all usage of one sort costs the same."""
    sort = usage.component, usage.region, usage.groups, usage.volume_gb
    hours: dict[Hashable, PricedAmount] = prices.hours
    if (key := (*sort, usage.prepaid, usage.by_token)) not in hours:
        hours[key] = _price_sort(usage, prices)
    return hours[key]


def _price_sort(usage: Usage, prices: Prices) -> PricedAmount:
    if prices.components.is_volume(usage.component):
        rate = prices.rate(usage.region, usage.component, GB_MONTH)
        if rate is None:
            words = usage.component.replace("-", " ")
            return PricedAmount(ZERO, (f"{words} in {usage.region}",))
        return PricedAmount(rate.usd * (usage.volume_gb or 0) / HOURS_A_MONTH)
    if usage.prepaid is True:
        return PricedAmount(ZERO, assumed=(f"{usage.component} that a training plan covers at 0",))
    return _price_run(usage, prices)


def _price_run(usage: Usage, prices: Prices) -> PricedAmount:
    """Price the instances of a run; of several choices, the cheapest."""
    if not usage.groups or usage.by_token is True:
        return PricedAmount(ZERO, (_without_instances(usage, prices),))
    every = [_price_groups(usage, choice, prices) for choice in choices(usage.groups)]
    if len(every) == 1:
        return every[0]
    unpriced = tuple(what for each in every for what in each.unpriced)
    if unpriced:
        return PricedAmount(ZERO, unpriced)
    types = " or ".join(dict.fromkeys(group.type or "" for group in usage.groups))
    least = min(every, key=lambda each: each.usd)
    return replace(least, assumed=(*least.assumed, f"the cheapest of {types} {usage.component}"))


def _without_instances(usage: Usage, prices: Prices) -> str:
    """Say what has no price: a kind without price lines, or instances that are not known."""
    if usage.by_token is True:
        return f"{usage.component} by the token in {usage.region}"
    if prices.components.get(usage.component) is None:
        return f"{usage.component.replace('-', ' ')} in {usage.region}"
    return f"{usage.component} on instances AWS does not report"


def _price_groups(usage: Usage, groups: tuple[InstanceGroup, ...], prices: Prices) -> PricedAmount:
    """Price instances that run together."""
    total, unpriced, assumed = ZERO, list[str](), list[str]()
    for group in groups:
        rate = prices.rate(usage.region, usage.component, group.type or "")
        if rate is None or group.count is None:
            unpriced.append(f"{group.type or 'unknown type'} {usage.component} in {usage.region}")
            continue
        total += rate.usd * group.count
        if rate.assumed:
            assumed.append(f"{group.type} {usage.component} at the {rate.assumed} rate")
    return PricedAmount(total, tuple(unpriced), tuple(assumed))


def hourly_cost(usage: Usage, prices: Prices) -> PricedAmount:
    """Price one hour of something that runs, from its start."""
    hour = timedelta(hours=1)
    running = replace(usage, end=None, billable=None)
    return price_slice(UsageSlice(running, usage.start, usage.start + hour), prices)


def clip(piece: UsageSlice, since: datetime, until: datetime) -> UsageSlice:
    """Cut a slice to a period."""
    return UsageSlice(piece.usage, max(piece.since, since), min(piece.until, until))


def _hours(piece: UsageSlice) -> Decimal:
    """Measure the billed hours of a slice, to the microsecond."""
    usage = piece.usage
    lasts = Decimal(usage.within(piece.since, piece.until) // _MICRO)
    if usage.billable is not None and usage.end is not None:
        whole = (usage.end - usage.start) // _MICRO
        share = lasts / whole if whole else ZERO
        return share * Decimal(usage.billable // _MICRO) / _MICROS_AN_HOUR
    return lasts / _MICROS_AN_HOUR


def _exact(usd: Decimal) -> Decimal:
    return usd.quantize(_GRAIN)
