"""What the resource of a notice costs."""

from copy import replace
from datetime import datetime
from decimal import Decimal

from costguard.app.ports import UsageStore
from costguard.costs.components import COMPONENTS
from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO, UsageSlice, price_slice
from costguard.notifications.notice import CostEstimate, Notice
from costguard.resources.model import Resource

_CENTS = Decimal("0.0001")


def with_cost(usage: UsageStore, notice: Notice, resource: Resource, *, now: datetime) -> Notice:
    """Put into a notice what its resource costs; `None` where that is not known."""
    if notice.resource.arn != resource.arn:
        return notice  # about several
    prices = usage.prices(now)
    every = prices.hourly_of_each(resource)
    cost = CostEstimate(
        usd_per_hour=_rounded(max(every)) if every else None,
        usd_per_hour_least=_rounded(min(every)) if every and len(every) > 1 else None,
        usd_so_far=_rounded(_so_far(usage, resource, prices, now) if every else None),
        waits=resource.waits,
        prepaid=resource.billing.prepaid,
        unpriced=prices.unpriced(resource),
    )
    return replace(notice, cost=cost)


def _so_far(usage: UsageStore, resource: Resource, prices: Prices, now: datetime) -> Decimal | None:
    """Price the run that goes on, or the last one; nothing has run yet is nothing."""
    runs = [
        row
        for row in usage.known(COMPONENTS.metered_ref(resource))
        if not COMPONENTS.is_volume(row.component)
    ]
    if runs:
        latest = max(runs, key=lambda row: row.start)
        amount = price_slice(UsageSlice(latest, latest.start, max(now, latest.start)), prices)
        return None if amount.unpriced else amount.usd
    return ZERO if resource.started is None else None


def _rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(_CENTS)
