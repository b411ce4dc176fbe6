"""What Cost Explorer is asked, and that no page is left behind."""

from datetime import date
from typing import Any

import pytest

from costguard.adapters.aws_budgets import AwsBudgetReader
from costguard.adapters.cost_explorer import CostExplorer
from costguard.common.errors import SourceUnavailableError
from tests.integration.aws import answering, refusal

REGIONS = ("us-east-2", "us-west-2")


class FakeCostExplorer:
    """Cost Explorer with three pages, and what it was asked."""

    def __init__(self) -> None:
        self.requests = list[dict[str, Any]]()

    def answer(self, _operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(asked)
        page = len(self.requests)
        period = {"TimePeriod": {"Start": "2026-11-01", "End": "2026-11-22"}, "Groups": []}
        return {"ResultsByTime": [period]} | ({"NextPageToken": str(page)} if page < 3 else {})


@pytest.fixture
def explorer() -> FakeCostExplorer:
    return FakeCostExplorer()


def ask(explorer: FakeCostExplorer, since: date) -> int:
    ce = answering("ce", explorer.answer)
    told = CostExplorer(lambda: ce).ask("Project", since, date(2026, 11, 22), REGIONS)
    assert len(told.periods) == told.calls
    return told.calls


def test_one_question_asks_for_both_sums_and_leaves_credits_out(explorer: FakeCostExplorer) -> None:
    ask(explorer, date(2026, 11, 1))
    asked = explorer.requests[0]
    assert [group["Key"] for group in asked["GroupBy"]] == ["USAGE_TYPE", "Project"]
    *_, credit, here = asked["Filter"]["And"]
    assert credit["Not"]["Dimensions"]["Values"] == ["Credit", "Refund"]
    assert here["Dimensions"]["Values"] == list(REGIONS)


def test_whose_cost_is_shown_is_asked_before_that_of_some_accounts(
    explorer: FakeCostExplorer,
) -> None:
    ce = CostExplorer(lambda: answering("ce", explorer.answer))
    told = ce.accounts(date(2026, 11, 1), date(2026, 11, 22), REGIONS)
    ce.ask("Project", date(2026, 11, 1), date(2026, 11, 22), REGIONS, ("1", "2"))
    first, last = explorer.requests[0], explorer.requests[-1]
    assert told.calls == 3
    assert [group["Key"] for group in first["GroupBy"]] == ["LINKED_ACCOUNT"]
    assert first["Filter"]["And"][-1]["Dimensions"]["Key"] == "REGION"
    of = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["1", "2"]}}
    assert last["Filter"]["And"][-1] == of


def test_every_page_is_read_and_counted(explorer: FakeCostExplorer) -> None:
    assert ask(explorer, date(2026, 11, 1)) == 3
    assert [asked.get("NextPageToken") for asked in explorer.requests] == [None, "1", "2"]


@pytest.mark.parametrize(("first", "granularity"), [(1, "MONTHLY"), (16, "DAILY")])
def test_months_are_asked_for_where_the_days_begin_with_one(
    explorer: FakeCostExplorer, first: int, granularity: str
) -> None:
    ask(explorer, date(2026, 11, first))
    assert {asked["Granularity"] for asked in explorer.requests} == {granularity}


def test_a_refusal_is_not_told_rather_than_raised_as_it_is() -> None:
    def refuse(_operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        raise refusal("AccessDeniedException", "not you")

    ce = answering("ce", refuse)
    with pytest.raises(SourceUnavailableError, match="not you"):
        CostExplorer(lambda: ce).ask("Project", date(2026, 11, 1), date(2026, 11, 2), REGIONS)


class FakeBudgets:
    """Three pages of budgets."""

    def __init__(self, *, repeats: bool = False) -> None:
        self.requests: list[dict[str, Any]] = []
        self.repeats = repeats

    def answer(self, _operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(asked)
        page = 1 if self.repeats else len(self.requests)
        row = {"BudgetName": f"b{page}", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
        return {"Budgets": [row]} | ({"NextToken": str(page)} if page < 3 else {})


def test_every_page_of_the_budgets_of_the_account_is_read() -> None:
    fake = FakeBudgets()
    client = answering("budgets", fake.answer)
    told = AwsBudgetReader("123456789012", lambda: client).read()
    assert [each.name for each in told.budgets] == ["b1", "b2", "b3"]
    assert {asked["AccountId"] for asked in fake.requests} == {"123456789012"}


def test_a_page_that_comes_again_ends_the_reading() -> None:
    fake = FakeBudgets(repeats=True)
    client = answering("budgets", fake.answer)
    assert len(AwsBudgetReader("123456789012", lambda: client).read().budgets) == 2


def test_budgets_that_are_refused_are_not_told_rather_than_raised_as_it_is() -> None:
    def refuse(_operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        raise refusal("AccessDeniedException", "not you")

    client = answering("budgets", refuse)
    with pytest.raises(SourceUnavailableError, match="not you"):
        AwsBudgetReader("123456789012", lambda: client).read()
