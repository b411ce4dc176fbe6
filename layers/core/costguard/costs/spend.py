"""Sums of usage times prices: by owner, project, purpose, component, Region and place; by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO, PricedAmount, UsageSlice, clip, price_slice


class Spend(Struct):
    """Sums over many slices. Keys of `by` are dimensions; an empty name if none is known."""

    usd: Decimal = ZERO
    by: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    unpriced: dict[str, timedelta] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)
    tokens: dict[str, int] = field(default_factory=dict)  # by owner, of what AWS has counted
    days: dict[date, dict[str, Decimal]] = field(default_factory=dict)  # by project


DIMENSIONS = ("owner", "project", "purpose", "component", "region", "place")


def empty_spend() -> Spend:
    """Return an empty sum."""
    return Spend(by={dimension: {} for dimension in DIMENSIONS})


def add_slice(
    spend: Spend, whole: UsageSlice, prices: Prices, zone: ZoneInfo | None = None
) -> None:
    """Add one slice to a sum; parts outside the period do not count."""
    if not whole.usage.within(whole.since, whole.until):
        return
    _add_tokens(spend, whole)
    for day, piece in _by_day(whole, zone) if zone else ((None, whole),):
        _add(spend, piece, price_slice(piece, prices), day)


def add_part(
    spend: Spend,
    piece: UsageSlice,
    period: tuple[datetime, datetime],
    prices: Prices,
    zone: ZoneInfo | None = None,
) -> None:
    """Add what is in a period; most slices of a year are in none, and only looked at."""
    if piece.usage.touches(*period):
        add_slice(spend, clip(piece, *period), prices, zone)


@lru_cache(maxsize=4096)
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Name the moment a calendar day begins in a zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _add(spend: Spend, piece: UsageSlice, amount: PricedAmount, day: date | None) -> None:
    usage, labels, usd = piece.usage, piece.usage.labels, amount.usd
    spend.usd += usd
    keys = (labels.owner, labels.project, labels.purpose, usage.component, usage.region)
    for dimension, key in zip(DIMENSIONS, (*keys, usage.place or usage.region), strict=True):
        sums = spend.by[dimension]
        sums[key] = sums.get(key, ZERO) + usd
    for what in amount.unpriced:
        lasts = usage.within(piece.since, piece.until)
        spend.unpriced[what] = spend.unpriced.get(what, timedelta(0)) + lasts
    spend.assumed.update(amount.assumed)
    if day is not None:
        of_day = spend.days.setdefault(day, {})
        of_day[labels.project] = of_day.get(labels.project, ZERO) + usd


def _add_tokens(spend: Spend, whole: UsageSlice) -> None:
    """Count the tokens of a run where it ends: AWS tells no times of them."""
    usage = whole.usage
    if usage.tokens and usage.end is not None and usage.end <= whole.until:
        owner = usage.labels.owner
        spend.tokens[owner] = spend.tokens.get(owner, 0) + usage.tokens


def _by_day(piece: UsageSlice, zone: ZoneInfo) -> Iterator[tuple[date, UsageSlice]]:
    """Cut a slice at the zone's midnights: a day has 23, 24 or 25 hours."""
    usage = piece.usage
    since = max(piece.since, usage.start)
    until = min(piece.until, usage.end) if usage.end else piece.until
    while since < until:
        day = since.astimezone(zone).date()
        turn = min(midnight(day + timedelta(days=1), zone), until)
        yield day, UsageSlice(usage, since, turn)
        since = turn
