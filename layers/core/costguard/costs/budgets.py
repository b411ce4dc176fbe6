"""Budgets: how much a project or an owner may spend, and how much is spent.

Months follow the calendar of the policy's time zone. The seven-day ceiling prevents that a month's
budget is spent twice around the end of a month.
"""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from costguard.costs.budget_limits import KEYS, Budgets
from costguard.costs.course_spend import CourseMeter, CourseSpend
from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO, UsageSlice
from costguard.costs.spend import Spend, add_part, empty_spend, midnight
from costguard.ownership.confusables import fold_name
from costguard.ownership.directory import CostLabels

WEEK = timedelta(days=7)
STALE_AFTER = timedelta(hours=2)
"""A sum older than this is not relied on: nothing is stopped for it."""

type Sums = Mapping[str, Decimal]

BY_WORDS = {"*": "by words"}
"""Stands among the names of a sum of this version; earlier ones keep owners by their letters."""


class SpendToDate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The spend at a time, by dimension and folded name: this month, and in seven days."""

    time: datetime
    month: str  # 2026-11
    begun: datetime  # of the month
    ends: datetime
    spent: Mapping[str, Sums]
    week: Mapping[str, Sums]
    names: Mapping[str, str]  # the usual spelling by folded name
    courses: Mapping[str, CourseSpend] = field(default_factory=dict)  # by name, from their start

    def key(self, dimension: str, name: str) -> str:
        """Return the key under which the sums of a name are stored."""
        return KEYS[dimension](name) if BY_WORDS.items() <= self.names.items() else fold_name(name)


class CostContext(Struct, frozen=True):
    """The costs that a rule may use."""

    spend: SpendToDate | None  # None: no budget needs it, or it is too old
    prices: Prices


class BudgetStatus(Struct, frozen=True):
    """One budget, and its use."""

    dimension: str
    name: str
    limit: Decimal
    spent: Decimal
    week: Decimal
    ceiling: Decimal
    course: str = ""  # of which it is a budget, from the start of the course to its end
    period: tuple[datetime, datetime] | None = None  # None: the month

    @property
    def percent(self) -> int:
        """The used percentage of the month's budget, rounded down."""
        return int(self.spent * 100 / self.limit) if self.limit else 100

    @property
    def is_over(self) -> bool:
        """Return whether the month's budget or the seven-day ceiling is used up."""
        return self.spent >= self.limit or self.week >= self.ceiling


def month_of(now: datetime, zone: ZoneInfo) -> tuple[str, datetime, datetime]:
    """Name the month in the zone, with its first moment and its end."""
    first = now.astimezone(zone).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return f"{first:%Y-%m}", midnight(first, zone), midnight(following, zone)


def sum_spend(
    pieces: Iterable[UsageSlice],
    prices: Prices,
    zone: ZoneInfo,
    now: datetime,
    courses: CourseMeter | None = None,
) -> SpendToDate:
    """Sum up what was spent this month, in the last seven days, and in courses so far."""
    begun, of_month, of_week = month_of(now, zone)[1], empty_spend(), empty_spend()
    for piece in pieces:  # one pass: there may be many
        add_part(of_month, piece, (begun, now), prices)
        add_part(of_week, piece, (now - WEEK, now), prices)
        if courses:
            courses.add(piece)
    spent = spend_to_date(of_month, of_week, zone, now)
    return replace(spent, courses=courses.spend) if courses else spent


def spend_to_date(of_month: Spend, of_week: Spend, zone: ZoneInfo, now: datetime) -> SpendToDate:
    """Fold the names of two sums: this month's, and the last seven days'."""
    month, begun, ends = month_of(now, zone)
    spent, week = of_month.by, of_week.by
    named = {d: sorted(filter(None, {*spent[d], *week[d]})) for d in KEYS}
    return SpendToDate(
        time=now,
        month=month,
        begun=begun,
        ends=ends,
        spent={d: _folded(d, spent[d]) for d in KEYS},
        week={d: _folded(d, week[d]) for d in KEYS},
        names={key(name): name for d, key in KEYS.items() for name in named[d]} | BY_WORDS,
    )


def budget_statuses(
    budgets: Budgets, spend: SpendToDate, labels: CostLabels
) -> tuple[BudgetStatus, ...]:
    """Return the status of every budget that applies to some usage."""
    return tuple(
        BudgetStatus(
            dimension,
            name,
            limit,
            spend.spent[dimension].get(spend.key(dimension, name), ZERO),
            spend.week[dimension].get(spend.key(dimension, name), ZERO),
            limit * budgets.seven_days / 100,
        )
        for dimension, name, limit in budgets.limits(labels)
    )


def all_budget_statuses(budgets: Budgets, spend: SpendToDate) -> tuple[BudgetStatus, ...]:
    """Return the status of every budget with any spend, the most used first."""
    found = {
        (u.dimension, KEYS[u.dimension](u.name)): u
        for dimension in ("project", "owner")
        for key in {*spend.spent[dimension], *spend.week[dimension]}
        for u in budget_statuses(
            budgets, spend, CostLabels(**{dimension: spend.names.get(key, key)})
        )
    }
    return tuple(sorted(found.values(), key=lambda u: (-u.percent, u.dimension, u.name)))


def exhausted_at(used_up: BudgetStatus, spend: SpendToDate) -> datetime | None:
    """Project when a budget is used up, at its pace so far; None: not in its period."""
    begun, ends = used_up.period or (spend.begun, spend.ends)
    lasted = spend.time - begun
    if used_up.spent >= used_up.limit:
        return spend.time
    if not used_up.spent or not lasted:
        return None
    whole = lasted * float(used_up.limit / used_up.spent)
    end = begun + whole
    return end if end < ends else None


def _folded(dimension: str, sums: Sums) -> dict[str, Decimal]:
    """Sum up what is spelled in several ways."""
    folded: dict[str, Decimal] = {}
    for name, usd in sums.items():
        key = KEYS[dimension](name)
        folded[key] = folded.get(key, ZERO) + usd
    return {key: usd for key, usd in folded.items() if key}
