"""What the admins read after a silence: how long, what ran and cost meanwhile, who is warned."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from costguard.common.calendar import Zone
from costguard.common.datetimes import say_duration, say_local
from costguard.common.formatting import pluralize, shortened_list, usd
from costguard.common.sanitize import single_line
from costguard.costs.prices import Prices
from costguard.enforcement.case import FindingState
from costguard.enforcement.plan import ResourcePlan
from costguard.notifications import templates
from costguard.resources.model import Resource, ResourceStatus

_LISTED = 20
_HOUR = Decimal(3600)


def silence_report(
    plans: Sequence[ResourcePlan], prices: Prices, slept: datetime, ended: datetime, zone: Zone
) -> str:
    """Report a silence from what the sweep after it found.

    What began and ended in between is not known, and the text says so. Of what runs since an
    unknown moment the whole silence counts.
    """
    running = [p.resource for p in plans if p.resource.status is ResourceStatus.RUNNING]
    ran = [each for each in running if each.started is None or each.started < ended]
    warned = [plan.resource.name for plan in plans if _is_warned(plan)]
    return templates.SILENT.format(
        since=say_local(slept, zone),
        until=say_local(ended, zone),
        span=say_duration(ended - slept),
        ran=_ran(ran, prices, slept, ended),
        warned=templates.WARNED_ANEW.format(_listed(warned)) if warned else templates.NONE_WARNED,
    )


def _is_warned(plan: ResourcePlan) -> bool:
    """Return whether a warning is open; after a silence only a new one can be."""
    return any(each.state is FindingState.WARNED for each in plan.after.findings.values())


def _ran(ran: Sequence[Resource], prices: Prices, slept: datetime, ended: datetime) -> str:
    if not ran:
        return templates.NOTHING_RAN
    costs = [(each.name, _cost(each, prices, slept, ended)) for each in ran]
    dearest = sorted(costs, key=lambda pair: -(pair[1] or Decimal(0)))
    text = templates.RAN_MEANWHILE.format(
        pluralize(len(ran), "resource"),
        usd(sum((cost for _, cost in costs if cost is not None), Decimal(0))),
        _listed(name for name, _ in dearest),
    )
    unpriced = [name for name, cost in costs if cost is None]
    return f"{text} {templates.UNPRICED_MEANWHILE.format(_listed(unpriced))}" if unpriced else text


def _cost(resource: Resource, prices: Prices, slept: datetime, ended: datetime) -> Decimal | None:
    """Price the part of its run that lies in the silence, at the most; None: not known."""
    every = prices.hourly_of_each(resource)
    since = max(slept, resource.started or slept)
    return max(every) * Decimal((ended - since).total_seconds()) / _HOUR if every else None


def _listed(names: Iterable[str]) -> str:
    return single_line(", ".join(shortened_list(list(names), _LISTED)), 2000)
