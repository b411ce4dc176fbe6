"""The cost summary: everything the text and the page say, worked out once. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

from costguard.costs.bill import Bill
from costguard.costs.budgets import (
    WEEK,
    BudgetStatus,
    SpendToDate,
    all_budget_statuses,
    month_of,
    spend_to_date,
)
from costguard.costs.prices import Prices
from costguard.costs.spend import (
    HOURS_A_MONTH,
    ZERO,
    Spend,
    UsageSlice,
    add_slice,
    clip,
    empty_spend,
    hourly_cost,
    midnight,
)
from costguard.costs.spend import price_slice as price_of
from costguard.costs.usage import NOTEBOOK, VOLUME, Usage
from costguard.enforcement.audit import STOPPED, AuditEntry, usage_key
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery
from costguard.notifications.recipients import names_of
from costguard.policy.model import Exemption, Policy
from costguard.reports.savings import StopSavings, savings_of_stops

EXPIRES_SOON = timedelta(days=7)
_DAY = timedelta(days=1)
_MICRO = timedelta(microseconds=1)


class Period(Enum):
    """What a summary is about."""

    DAY = "day"  # the last whole calendar day
    WEEK = "week"  # the last seven of them
    MONTH = "month"  # this month so far


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryFacts:
    """What the ledger and AWS know, read once."""

    pieces: Iterable[UsageSlice]  # from `needed_since` on
    prices: Prices
    cases: tuple[Case, ...]
    actions: tuple[AuditEntry, ...]  # of the period and after
    unreached: tuple[Delivery, ...] = ()  # of the period and after
    bill: Bill | None
    no_bill: str = ""  # why there is none
    problems: tuple[str, ...] = ()  # what else could not be asked
    regions: tuple[str, ...] = ()  # whose ledgers these are
    unread: tuple[str, ...] = ()  # regions whose ledger could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole story. Money is estimated (usage x list price) unless it says billed."""

    policy: Policy
    place: tuple[str, str]  # account and region
    period: Period
    since: datetime
    until: datetime
    now: datetime
    spend: Spend  # of the period
    month: Spend  # to date
    forecast: Decimal
    metered: Spend  # of the days that the bill knows
    standing: SpendToDate
    budgets: tuple[BudgetStatus, ...]
    running: tuple[Running, ...]  # the dearest first, those without a price before them
    stored: tuple[Stored, ...]  # of stopped notebooks
    warned: int
    stops: tuple[StopSavings, ...]
    exemptions: tuple[Exemption, ...]
    held: tuple[Case, ...]
    blind: tuple[Case, ...]
    unreached: tuple[str, ...]  # who could not be reached in the period
    facts: SummaryFacts

    @property
    def untagged(self) -> Decimal:
        """What was spent in the period without a project."""
        return self.spend.by["project"].get("", ZERO)

    @property
    def usd_per_hour(self) -> Decimal:
        """What runs now, as far as it has a price."""
        return sum((r.usd_per_hour for r in self.running if r.usd_per_hour is not None), ZERO)

    @property
    def avoided(self) -> Decimal:
        """What the period's stops avoided, as far as it has a price."""
        return sum((s.usd for s in self.stops if s.usd is not None), ZERO)

    def expires_soon(self, exemption: Exemption) -> bool:
        """Tell whether an exemption ends within a week."""
        return exemption.until - self.now <= EXPIRES_SOON


def bounds(period: Period, policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """Bound a period by the midnights of the policy's time zone."""
    zone = policy.timezone.info
    today = now.astimezone(zone).date()
    if period is Period.MONTH:
        return month_of(now, zone)[1], now
    first = today - (_DAY if period is Period.DAY else WEEK)
    return midnight(first, zone), midnight(today, zone)


def needed_since(period: Period, policy: Policy, now: datetime) -> datetime:
    """Answer how far back usage is needed."""
    since, _ = bounds(period, policy, now)
    return min(since, month_of(now, policy.timezone.info)[1], now - WEEK)


def summarise(
    facts: SummaryFacts, policy: Policy, period: Period, place: tuple[str, str], *, now: datetime
) -> Summary:
    """Work everything out, in one pass over the usage."""
    zone = policy.timezone.info
    since, until = bounds(period, policy, now)
    _, begun, ends = month_of(now, zone)
    known_from, known_to = _bill_range(facts.bill, now)
    spend, month, week, metered = empty_spend(), empty_spend(), empty_spend(), empty_spend()
    still: list[Usage] = []
    acted = {a.key for a in facts.actions if a.what == STOPPED}
    begins: list[Usage] = []
    for piece in facts.pieces:
        add_slice(spend, clip(piece, since, until), facts.prices, zone)
        add_slice(month, clip(piece, begun, now), facts.prices, zone)
        add_slice(week, clip(piece, now - WEEK, now), facts.prices)
        add_slice(metered, clip(piece, known_from, known_to), facts.prices)
        if piece.usage.end is None:
            still.append(piece.usage)
        if usage_key(piece.usage) in acted and piece.usage.component != VOLUME:
            begins.append(piece.usage)
    standing = spend_to_date(month, week, zone, now)
    in_period = tuple(a for a in facts.actions if since <= a.time < until)
    return Summary(
        policy=policy,
        place=place,
        period=period,
        since=since,
        until=until,
        now=now,
        spend=spend,
        month=month,
        forecast=month.usd + week.usd * Decimal((ends - now) // _MICRO) / Decimal(WEEK // _MICRO),
        metered=metered,
        standing=standing,
        budgets=all_budget_statuses(policy.budgets, standing),
        running=_running(still, facts.prices, now),
        stored=_stored(still, facts.prices),
        warned=sum(a.what == "told-warning" for a in in_period),
        stops=savings_of_stops(in_period, begins, facts.prices, zone, now),
        exemptions=tuple(e for e in policy.exemptions if e.until > now),
        held=tuple(case for case in facts.cases if case.held),
        blind=tuple(case for case in facts.cases if case.gaps),
        unreached=names_of((r.to for r in facts.unreached if since <= r.at < until), policy),
        facts=facts,
    )


def _bill_range(bill: Bill | None, now: datetime) -> tuple[datetime, datetime]:
    """Bound the whole UTC days that the bill and the meter both know."""
    if bill is None:
        return now, now
    first, last = bill.since, bill.until
    return (
        datetime(first.year, first.month, first.day, tzinfo=UTC),
        datetime(last.year, last.month, last.day, tzinfo=UTC),
    )


def _running(still: list[Usage], prices: Prices, now: datetime) -> tuple[Running, ...]:
    found = []
    for usage in still:
        if usage.component == VOLUME:
            continue
        rate = hourly_cost(usage, prices)
        spent = price_of(UsageSlice(usage, usage.start, max(now, usage.start)), prices)
        known = not rate.unpriced
        found.append(Running(usage, rate.usd if known else None, spent.usd if known else None))
    return tuple(
        sorted(
            found,
            key=lambda r: (r.usd_per_hour is not None, -(r.usd_per_hour or ZERO), r.usage.name),
        )
    )


def _stored(still: list[Usage], prices: Prices) -> tuple[Stored, ...]:
    """List the volumes of notebooks that do not run."""
    runs = {usage_key(usage) for usage in still if usage.component == NOTEBOOK}
    found = []
    for usage in still:
        if usage.component == VOLUME and usage_key(usage) not in runs:
            rate = hourly_cost(usage, prices)
            found.append(Stored(usage, None if rate.unpriced else rate.usd * HOURS_A_MONTH))
    return tuple(sorted(found, key=lambda s: (-(s.usd_per_month or ZERO), s.usage.name)))
