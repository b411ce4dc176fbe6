"""The cost summary: all values of the text and the page, computed once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field

from costguard.costs.aws_budgets import AwsBudgets
from costguard.costs.bill import Bill, bill_range
from costguard.costs.budgets import (
    WEEK,
    BudgetStatus,
    SpendToDate,
    all_budget_statuses,
    month_of,
    spend_to_date,
)
from costguard.costs.components import COMPONENTS
from costguard.costs.course_spend import CourseMeter, CourseTally
from costguard.costs.credits import CreditOutlook, Credits, outlooks
from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO, UsageSlice, clip
from costguard.costs.spend import Spend, add_part, empty_spend
from costguard.costs.usage import Usage
from costguard.enforcement.audit import STOPPED, AuditEntry, usage_key
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery
from costguard.notifications.recipients import names_of
from costguard.policy.model import Exemption, Policy
from costguard.reports.courses import CourseReport, course_reports, shown_courses
from costguard.reports.period import Period, bounds
from costguard.reports.quick_returns import quick_returns
from costguard.reports.running import Running, Stored, running_now, stored_volumes
from costguard.reports.savings import StopSavings, savings_of_stops
from costguard.resources.unwatched import UnwatchedList

EXPIRES_SOON = timedelta(days=7)
_MICRO = timedelta(microseconds=1)


class SummaryFacts(Struct, frozen=True, kw_only=True):
    """The facts from the ledger and AWS, read once."""

    slices: Iterable[UsageSlice]  # from `needed_since` on
    prices: Prices
    cases: tuple[Case, ...]
    audit_entries: tuple[AuditEntry, ...]  # of the period and after
    unreached: tuple[Delivery, ...] = ()  # of the period and after
    unwatched: UnwatchedList | None = None  # None: no sweep has looked yet
    bill: Bill | None
    bill_problem: str = ""  # why there is no bill
    aws_budgets: AwsBudgets = AwsBudgets()
    credits: Credits | None = None  # None: not known
    credits_problem: str = ""  # why not
    problems: tuple[str, ...] = ()  # other sources that could not be read
    regions: tuple[str, ...] = ()  # the regions of these ledgers
    unread_regions: tuple[str, ...] = ()  # regions whose ledger could not be read
    spokes: tuple[str, ...] = ()  # the places that are guarded besides home
    unread_places: Mapping[str, datetime] = {}  # those that cannot be read, and since when
    unwatched_places: Mapping[str, UnwatchedList] = {}  # besides home's


class Summary(Struct, frozen=True, kw_only=True):
    """The whole summary. Amounts are estimates (usage x list price) unless named billed."""

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
    spend_to_date: SpendToDate
    budgets: tuple[BudgetStatus, ...]
    running: tuple[Running, ...]  # those without a price first, then the most expensive
    stored: tuple[Stored, ...]  # of stopped notebooks, and of spaces
    warned: int
    stops: tuple[StopSavings, ...]
    returns: tuple[AuditEntry, ...]  # stops for idleness with a restart soon after
    exemptions: tuple[Exemption, ...]
    held: tuple[Case, ...]
    unevaluated: tuple[Case, ...]
    unreached: tuple[str, ...]  # owners who could not be reached in the period
    courses: tuple[CourseReport, ...] = ()
    course_files: Mapping[str, str] = {}  # addresses by the name of a course
    place_file: str = ""  # the address of the accounts and Regions, where there are several
    credits: tuple[CreditOutlook, ...] = ()  # at the pace of the last seven days
    facts: SummaryFacts

    @property
    def untagged(self) -> Decimal:
        """The spend of the period without a project."""
        return self.spend.by["project"].get("", ZERO)

    @property
    def usd_per_hour(self) -> Decimal:
        """The hourly cost of running resources with a known price."""
        return sum((r.usd_per_hour for r in self.running if r.usd_per_hour is not None), ZERO)

    @property
    def avoided(self) -> Decimal:
        """The avoided costs of the period's stops with a known price."""
        return sum((s.usd for s in self.stops if s.usd is not None), ZERO)

    def expires_soon(self, exemption: Exemption) -> bool:
        """Return whether an exemption ends within a week."""
        return exemption.until - self.now <= EXPIRES_SOON


class _Totals(Struct):
    """Sums over the usage, made in one pass because there may be much of it."""

    period: Spend = field(default_factory=empty_spend)
    month: Spend = field(default_factory=empty_spend)
    week: Spend = field(default_factory=empty_spend)
    metered: Spend = field(default_factory=empty_spend)  # of the days that the bill knows
    open: list[Usage] = field(default_factory=list)
    restarts: list[Usage] = field(default_factory=list)  # runs of stopped resources
    courses: tuple[CourseTally, ...] = ()


def summarise(
    facts: SummaryFacts, policy: Policy, period: Period, place: tuple[str, str], *, now: datetime
) -> Summary:
    """Compute all values of the text and the page."""
    # longer than 30 lines: one line for each field of the summary
    zone = policy.timezone.info
    since, until = bounds(period, policy, now)
    totals = _add_up(facts, policy, (since, until), now, place[0])
    month, week, left_over = totals.month, totals.week, facts.credits
    spent = spend_to_date(month, week, zone, now)
    in_period = tuple(a for a in facts.audit_entries if since <= a.time < until)
    left = Decimal((spent.ends - now) // _MICRO) / Decimal(WEEK // _MICRO)
    return Summary(
        policy=policy,
        place=place,
        period=period,
        since=since,
        until=until,
        now=now,
        spend=totals.period,
        month=month,
        forecast=month.usd + week.usd * left,
        metered=totals.metered,
        spend_to_date=spent,
        budgets=all_budget_statuses(policy.budgets, spent),
        running=running_now(totals.open, facts.prices, now),
        stored=stored_volumes(totals.open, facts.prices),
        warned=sum(a.what == "told-warning" for a in in_period),
        stops=savings_of_stops(in_period, totals.restarts, facts.prices, zone, now),
        returns=quick_returns(in_period, totals.restarts),
        exemptions=tuple(e for e in policy.exemptions if e.until > now),
        held=tuple(case for case in facts.cases if case.held),
        unevaluated=tuple(case for case in facts.cases if case.gaps),
        credits=tuple(outlooks(left_over.found, week.usd / 7, now)) if left_over else (),
        courses=course_reports(totals.courses, policy.directory.seats, now),
        unreached=names_of((r.to for r in facts.unreached if since <= r.at < until), policy),
        facts=facts,
    )


def _add_up(
    facts: SummaryFacts,
    policy: Policy,
    period: tuple[datetime, datetime],
    now: datetime,
    account: str,
) -> _Totals:
    """Add every slice of usage to the sums of its days."""
    totals, zone = _Totals(), policy.timezone.info
    begun = month_of(now, zone)[1]
    billed = bill_range(facts.bill, now)
    courses = CourseMeter(policy.directory.seats, shown_courses(policy, now), facts.prices)
    stopped = {entry.key for entry in facts.audit_entries if entry.what == STOPPED}
    for piece in facts.slices:
        usage = piece.usage
        add_part(totals.period, piece, period, facts.prices, zone)
        add_part(totals.month, piece, (begun, now), facts.prices, zone)
        add_part(totals.week, piece, (now - WEEK, now), facts.prices)
        if courses.tallies:
            courses.add(clip(piece, piece.since, now))
        if facts.bill and facts.bill.covers(usage.ref.place.partition("/")[0] or account):
            add_part(totals.metered, piece, billed, facts.prices)
        if usage.end is None:
            totals.open.append(usage)
        if stopped and usage_key(usage) in stopped and not COMPONENTS.is_volume(usage.component):
            totals.restarts.append(usage)
    totals.courses = tuple(courses.tallies.values())
    return totals
