"""Budgets: how much a project or an owner may spend, and how much is spent.

Months follow the calendar of the policy's time zone. The seven-day ceiling prevents that a month's
budget is spent twice around the end of a month.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from costguard.common.forms import TagPattern, Words
from costguard.costs.course_spend import CourseMeter, CourseSpend
from costguard.costs.prices import Prices
from costguard.costs.spend import ZERO, Spend, UsageSlice, add_slice, clip, empty_spend, midnight
from costguard.ownership.confusables import fold_name
from costguard.ownership.directory import CostLabels
from costguard.ownership.spelling import owner_key

WEEK = timedelta(days=7)
STALE_AFTER = timedelta(hours=2)
"""A sum older than this is not relied on: nothing is stopped for it."""

type Sums = Mapping[str, Decimal]

KEYS: Mapping[str, Callable[[str], str]] = {"owner": owner_key, "project": fold_name}
"""What makes two spellings one, by dimension: of an owner, the words in any order."""
BY_WORDS = {"*": "by words"}
"""Stands among the names of a sum of this version; earlier ones keep owners by their letters."""
_ADDRESS = re.compile(r"^.*<(.*)>$")


class Budgets(Struct, frozen=True, kw_only=True, dict=True):
    """USD a month, by project and by owner; `*` is everybody else's. Absent: no budget."""

    per_project: Mapping[TagPattern, Decimal] = field(default_factory=dict)
    per_owner: Mapping[Words, Decimal] = field(default_factory=dict)
    tell_at: int = 80  # percent of the month's budget at which a notice is sent
    seven_days: int = 100  # percent of the month's budget that any seven days may take

    def limits(self, labels: CostLabels) -> Iterator[tuple[str, str, Decimal]]:
        """Yield every budget that applies to some usage: dimension, name, USD."""
        for dimension, name in (("project", labels.project), ("owner", labels.owner)):
            if name and (limit := self._limit(dimension, name)) is not None:
                yield dimension, name, limit

    def _limit(self, dimension: str, name: str) -> Decimal | None:
        key, limits = KEYS[dimension], self._by_key[dimension]
        own = (key(name), key(_ADDRESS.sub(r"\1", name)))  # of two who share a name, by the address
        return next((limits[each] for each in own if each in limits), limits.get("*"))

    @cached_property
    def _by_key(self) -> Mapping[str, Sums]:
        """The limits by dimension and by what makes two spellings one."""
        return {
            d: {n if n == "*" else KEYS[d](n): usd for n, usd in table.items()}
            for d, table in (("project", self.per_project), ("owner", self.per_owner))
        }


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
        add_slice(of_month, clip(piece, begun, now), prices)
        add_slice(of_week, clip(piece, now - WEEK, now), prices)
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
    named = ((d, key) for d in KEYS for key in {*spend.spent[d], *spend.week[d]})
    labels = (CostLabels(**{d: spend.names.get(key, key)}) for d, key in named)
    every = (u for each in labels for u in budget_statuses(budgets, spend, each))
    found = {(u.dimension, KEYS[u.dimension](u.name)): u for u in every}
    return tuple(sorted(found.values(), key=lambda u: (-u.percent, u.dimension, u.name)))


def exhausted_at(used_up: BudgetStatus, spend: SpendToDate) -> datetime | None:
    """Project when a budget is used up, at its pace so far; None: not in its period."""
    begun, ends = used_up.period or (spend.begun, spend.ends)
    if used_up.spent >= used_up.limit:
        return spend.time
    if not used_up.spent or spend.time == begun:
        return None
    end = begun + (spend.time - begun) * float(used_up.limit / used_up.spent)
    return end if end < ends else None


def _folded(dimension: str, sums: Sums) -> dict[str, Decimal]:
    """Sum up what is spelled in several ways."""
    folded: dict[str, Decimal] = {}
    for name, usd in sums.items():
        key = KEYS[dimension](name)
        folded[key] = folded.get(key, ZERO) + usd
    return {key: usd for key, usd in folded.items() if key}
