"""What Cost Explorer is asked, and that no page is left behind."""

from datetime import date
from typing import Any

import pytest

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
