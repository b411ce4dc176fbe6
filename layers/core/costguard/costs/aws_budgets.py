"""AWS's own budgets of the account, as AWS Budgets tells them: beside ours, never added to them."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from costguard.common.observed import MOST, dollars, mapping, printable

_NAME = 100


class AwsBudget(Struct, frozen=True, kw_only=True):
    """One budget of costs. An amount of None was not told, or cannot be read."""

    name: str
    period: str  # MONTHLY, CUSTOM
    limit: Decimal | None
    spent: Decimal | None
    forecast: Decimal | None
    currency: str
    is_part: bool  # it filters the bill
    after_credits: bool | None  # None: AWS does not say
    problem: str = ""  # why AWS cannot keep it up to date

    @property
    def percent(self) -> int | None:
        """The used percentage, rounded down; None where it is not known."""
        if self.spent is None or not self.limit or self.limit < 0:
            return None
        return int(self.spent * 100 / self.limit)


class AwsBudgets(Struct, frozen=True, kw_only=True):
    """What AWS Budgets answered; `others` are budgets of usage, reservations and plans."""

    budgets: tuple[AwsBudget, ...] = ()
    others: int = 0
    problem: str = ""  # why they are not known


def read_budgets(rows: Iterable[object]) -> AwsBudgets:
    """Read the rows of `DescribeBudgets`, the most used first."""
    told = [mapping(row) for row in rows]
    costs = [row for row in told if row.get("BudgetType") == "COST"]
    found = sorted(_read(costs), key=lambda each: (-(each.percent or 0), each.name))
    return AwsBudgets(budgets=tuple(found), others=len(told) - len(costs))


def _read(rows: Iterable[object]) -> Iterator[AwsBudget]:
    for row in map(mapping, rows):
        limit, spend = mapping(row.get("BudgetLimit")), mapping(row.get("CalculatedSpend"))
        health = mapping(row.get("HealthStatus"))
        credit = mapping(row.get("CostTypes")).get("IncludeCredit")
        yield AwsBudget(
            name=printable(row.get("BudgetName"), _NAME) or "a budget whose name cannot be read",
            period=printable(row.get("TimeUnit")) or "",
            limit=dollars(limit.get("Amount"), MOST**2),
            spent=dollars(mapping(spend.get("ActualSpend")).get("Amount"), MOST**2),
            forecast=dollars(mapping(spend.get("ForecastedSpend")).get("Amount"), MOST**2),
            currency=printable(limit.get("Unit")) or "USD",
            is_part=bool(row.get("CostFilters") or row.get("FilterExpression")),
            after_credits=credit if isinstance(credit, bool) else None,
            problem=(printable(health.get("StatusReason")) or "unhealthy")
            if health.get("Status") == "UNHEALTHY"
            else "",
        )
