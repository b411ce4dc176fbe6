"""The bill: Cost Explorer's answer, read without mistaking one thing for another."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from costguard.common.errors import SourceUnavailableError
from costguard.costs.bill import CostExplorerAnswer, known_days, sum_bill, tag_value

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)


def answer(*days: Mapping[Any, str], calls: int = 1) -> CostExplorerAnswer:
    found: list[dict[str, Any]] = []
    for number, groups in enumerate(days, start=1):
        rows = [{"Keys": k, "Metrics": {"UnblendedCost": {"Amount": v}}} for k, v in groups.items()]
        found.append({"TimePeriod": {"Start": f"2026-11-{number:02}"}, "Groups": rows})
    return CostExplorerAnswer(tuple(json.loads(json.dumps(found))), calls)


FIRST_DAY = {
    ("USE2-Notebk:ml.t3.medium", "Project$a$b"): "1.2",
    ("USE2-Notebk:ml.t3.medium", "Project$"): "0.1",
    ("USE2-Cluster:ml.m5.xlarge", "Project$a$b"): "5.52",
}
TOLD = answer(
    FIRST_DAY,
    {
        ("USE2-Train:ml.m5.large", "Project$"): "0.0173138889",
        ("USE2-Notebk:VolumeUsage.gp2", "Project$a$b"): "0.02",
    },
    {("USE2-Train:ml.m5.large", "Project$"): "99"},
    calls=2,
)


def test_days_that_are_not_known_yet_are_left_out_and_clusters_are_not_metered() -> None:
    told = sum_bill(TOLD, "Project", FIRST, LAST)
    assert told.total == Decimal("6.8573138889")
    assert told.metered == Decimal("1.3373138889")
    assert (told.calls, told.asking) == (2, Decimal("0.02"))


def test_one_answer_is_summed_by_usage_type_and_by_project_to_the_last_digit() -> None:
    told = sum_bill(TOLD, "Project", FIRST, LAST)
    assert told.usage_types["USE2-Notebk:ml.t3.medium"] == Decimal("1.3")
    assert told.projects == {"a$b": Decimal("6.74")}  # split at the first dollar only
    assert told.untagged == Decimal("0.1173138889")
    assert sum(told.usage_types.values()) == told.untagged + Decimal("6.74") == told.total


def test_a_day_that_is_cut_by_a_page_counts_whole() -> None:
    head, tail = dict(list(FIRST_DAY.items())[:1]), dict(list(FIRST_DAY.items())[1:])
    (one,), (other,) = answer(head).periods, answer(tail).periods
    cut = sum_bill(CostExplorerAnswer((one, other), 2), "Project", FIRST, LAST)
    assert cut == sum_bill(answer(FIRST_DAY, calls=2), "Project", FIRST, LAST)


def test_a_tag_that_is_not_activated_is_not_zero() -> None:
    told = sum_bill(answer({("USE2-Train:ml.m5.large", "Project$"): "7"}), "Project", FIRST, LAST)
    assert told.projects is None
    assert told.untagged == 7


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        {"Keys": ["USE2-Train:ml.m5.large", "Project$"]},
        {"Keys": ["USE2-Train:ml.m5.large", None], "Metrics": {}},
        {"Keys": ["USE2-Train:ml.m5.large", "Project$"], "Metrics": {"UnblendedCost": 3}},
        {
            "Keys": ["USE2-Train:ml.m5.large", "Project$"],
            "Metrics": {"UnblendedCost": {"Amount": "NaN"}},
        },
        {
            "Keys": ["USE2-Train:ml.m5.large", "Team$"],
            "Metrics": {"UnblendedCost": {"Amount": "1"}},
        },
    ],
)
def test_an_odd_group_costs_only_itself_and_is_counted(odd: Any) -> None:
    (day,) = answer(FIRST_DAY).periods
    told = CostExplorerAnswer(({**day, "Groups": [odd, *day["Groups"]]},), 1)
    found = sum_bill(told, "Project", FIRST, LAST)
    assert (found.unreadable, found.total) == (1, Decimal("6.82"))


@pytest.mark.parametrize("odd", [None, {}, {"TimePeriod": {"Start": "soon"}, "Groups": []}, [3]])
def test_an_odd_day_costs_only_itself_and_is_counted(odd: Any) -> None:
    told = CostExplorerAnswer((odd, *answer(FIRST_DAY).periods), 1)
    found = sum_bill(told, "Project", FIRST, LAST)
    assert (found.unreadable, found.total) == (1, Decimal("6.82"))
    with pytest.raises(SourceUnavailableError):
        sum_bill(CostExplorerAnswer((odd,), 1), "Project", FIRST, LAST)


@pytest.mark.parametrize(
    ("periods", "is_empty"), [((), True), (({"Groups": []},), True), (({},), False), ((3,), False)]
)
def test_an_answer_is_empty_when_it_says_so(periods: Any, *, is_empty: bool) -> None:
    assert CostExplorerAnswer(periods, 1).is_empty is is_empty


@pytest.mark.parametrize("keys", [("Project$",), ("USE2-Train", "Project$", "x")])
def test_groups_of_another_number_are_an_error(keys: tuple[str, ...]) -> None:
    with pytest.raises(
        SourceUnavailableError, match="expected a usage type and the tag Project, got"
    ):
        sum_bill(answer({keys: "1"}), "Project", FIRST, LAST)


@pytest.mark.parametrize("key", ["Project", "Team$x", "$x"])
def test_a_group_of_another_form_is_an_error(key: str) -> None:
    with pytest.raises(SourceUnavailableError, match="expected a group of the tag Project"):
        tag_value(key, "Project")


def test_the_bill_knows_days_that_ended_a_day_ago() -> None:
    morning = datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert known_days(FIRST, morning) == (FIRST, date(2026, 11, 22))
    assert known_days(date(2026, 12, 1), morning) == (date(2026, 12, 1), date(2026, 12, 1))
