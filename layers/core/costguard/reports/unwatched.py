"""What the guard only tells of, in words: for the summary, `status` and the audit."""

from collections.abc import Iterator
from decimal import Decimal

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.costs.prices import Prices
from costguard.resources.unwatched import Unwatched, UnwatchedList

_NAME = 63


def hourly_of(each: Unwatched, region: str, prices: Prices) -> Decimal | None:
    """Answer what its instances cost an hour; None where it has none, or a price is missing."""
    total = Decimal(0)
    for group in each.groups:
        named = each.component and group.type
        rate = prices.rate(region, each.component or "", group.type or "") if named else None
        if rate is None or group.count is None:
            return None
        total += rate.usd * group.count
    return total if each.groups else None


def says_of(each: Unwatched, region: str, prices: Prices) -> str:
    """Say what it is, what runs in it, and what it costs: `... 8 x ml.p5.48xlarge, $528.38/h`."""
    hourly = hourly_of(each, region, prices)
    machines = (f"{g.count or '?'} x {g.type or 'an unknown type'}" for g in each.groups)
    cost = "" if hourly is None else f"{usd(hourly)}/h"
    known = (each.status, *machines, each.note, cost or ("price not known" if each.groups else ""))
    said = ", ".join(single_line(part, 200) for part in known if part)
    return f"{each.kind} {single_line(each.name, _NAME)}" + (f" ({said})" if said else "")


def unread_of(seen: UnwatchedList) -> Iterator[str]:
    """Say what could not be looked at, and why."""
    for title, why in seen.unread.items():
        yield f"{title}s ({single_line(why, 100)})"
