"""AWS's own budgets: what is read of them, and what cannot be."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.costs.aws_budgets import AwsBudget, read_budgets

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)
MONTHLY: dict[str, Any] = {
    "BudgetName": "sagemaker",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100.0", "Unit": "USD"},
    "CalculatedSpend": {
        "ActualSpend": {"Amount": "12.5", "Unit": "USD"},
        "ForecastedSpend": {"Amount": "40", "Unit": "USD"},
    },
    "CostTypes": {"IncludeCredit": True},
    "CostFilters": {"Service": ["Amazon SageMaker"]},
}


def one(**changes: Any) -> AwsBudget:
    [found] = read_budgets([MONTHLY | changes]).budgets
    return found


def test_a_budget_of_costs_is_read_with_its_limit_its_use_and_its_forecast() -> None:
    found = one()
    assert (found.limit, found.spent, found.forecast) == (
        Decimal(100),
        Decimal("12.5"),
        Decimal(40),
    )
    assert (found.percent, found.is_part, found.after_credits) == (12, True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"CalculatedSpend": {}},
        {"CalculatedSpend": {"ActualSpend": {"Amount": "NaN"}}},
        {"BudgetLimit": {"Amount": "0", "Unit": "USD"}},
        {"BudgetLimit": {}},
    ],
)
def test_where_an_amount_is_not_told_no_percentage_is(changes: dict[str, Any]) -> None:
    assert one(**changes).percent is None


def test_a_budget_that_aws_cannot_update_says_why() -> None:
    sick = {"Status": "UNHEALTHY", "StatusReason": "FILTER_INVALID"}
    assert one(HealthStatus=sick).problem == "FILTER_INVALID"
    assert one(HealthStatus={"Status": "HEALTHY"}).problem == ""


def test_the_most_used_comes_first_and_budgets_of_usage_are_counted() -> None:
    full = MONTHLY | {"BudgetName": "full", "CalculatedSpend": {"ActualSpend": {"Amount": "101"}}}
    told = read_budgets([MONTHLY, MONTHLY | {"BudgetType": "USAGE"}, full])
    assert [each.name for each in told.budgets] == ["full", "sagemaker"]
    assert told.others == 1


@given(ODD, ODD)
def test_an_odd_answer_costs_only_itself(row: Any, value: Any) -> None:
    odd = [MONTHLY | {key: value} for key in MONTHLY if key != "BudgetType"]
    told = read_budgets([row, MONTHLY, *odd])
    assert len(told.budgets) >= 1 + len(odd)
