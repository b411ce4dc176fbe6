"""`costguard price`: what the policy says of a launch before it is made, and what it can cost."""

from decimal import Decimal
from typing import Any

import pytest

from costguard.common.calendar import UTC
from costguard.costs.budgets import CostContext, sum_spend
from costguard.costs.prices import Price, Prices
from costguard.policy.loader import parse_policy
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard_cli.analysis.estimate import Estimate, estimate, launch_of_request, launch_of_type
from costguard_cli.errors import CannotRunError
from tests.factories import at

NOW, PLACE = at(2), ("123456789012", "us-east-2")
RATES = {
    "ml.m5.large": "0.1",
    "ml.g4dn.xlarge": "0.7",
    "ml.g5.2xlarge": "1.5",
    "ml.p5.48xlarge": "100",
}
PRICES = Prices(
    {
        ("us-east-2", "training", type_): Price(Decimal(usd), "a test", "")
        for type_, usd in RATES.items()
    }
)
POLICY = parse_policy(
    """
[[people]]
name = "Jane Roe"
[rules.instance-type.allowed]
training-job = ["ml.m5.*", "ml.g4dn.xlarge", "ml.g5.2xlarge"]
[rules.missing-tags.required]
training-job = ["Project"]
[rules.naming]
[rules.over-budget]
per_project = {sinkorswim = 10}
[rules.long-running]
limit = "24h"
"""
)
REQUEST = {
    "TrainingJobName": "anything",
    "ResourceConfig": {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 2, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
}


def of_type(type_: str, count: int = 1, hours: float | None = 3, **tags: str) -> Estimate:
    kind = KINDS["training-job"]
    return judged(launch_of_type(kind, type_, count, hours, tags, place=PLACE, now=NOW))


def judged(launch: Resource, money: CostContext | None = None) -> Estimate:
    money = money or CostContext(sum_spend((), PRICES, UTC.info, NOW), PRICES)
    return estimate(launch, POLICY, PRICES, money=money, now=NOW)


def test_an_allowed_launch_has_its_price_and_what_it_can_cost_at_most() -> None:
    found = of_type("ml.g5.2xlarge", 2)
    assert found.allowed
    assert (found.usd_per_hour, found.at_most) == (Decimal("3.0"), Decimal("9.0"))


def test_a_type_that_is_not_allowed_is_answered_with_the_cheapest_that_is() -> None:
    found = of_type("ml.p5.48xlarge", 8)
    assert list(found.evaluation.violations) == ["instance-type"]
    assert found.cheaper == ("ml.g4dn.xlarge", Decimal("0.7"))


def test_what_has_no_accelerator_does_not_do_for_what_has_one() -> None:
    assert of_type("ml.g4dn.xlarge").cheaper is None


def test_without_a_limit_of_the_run_time_the_most_is_not_known() -> None:
    found = of_type("ml.m5.large", hours=None)
    assert (found.usd_per_hour, found.at_most) == (Decimal("0.1"), None)


def test_a_launch_longer_than_the_policy_allows_breaks_it() -> None:
    assert "long-running" in of_type("ml.m5.large", hours=25).evaluation.violations


def test_what_is_left_of_the_budget_is_told() -> None:
    [budget] = of_type("ml.m5.large", Project="sinkorswim").budgets
    assert (budget.limit, budget.spent) == (Decimal(10), Decimal(0))


def test_a_request_is_judged_with_its_name_and_tags() -> None:
    found = judged(launch_of_request(REQUEST, PLACE, NOW))
    assert set(found.evaluation.violations) == {"missing-tags"}
    assert found.at_most == Decimal("6.0")
    tags = [{"Key": "Project", "Value": "sinkorswim"}]
    tagged = judged(launch_of_request(REQUEST | {"Tags": tags}, PLACE, NOW))
    assert tagged.allowed


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.events.creates])
def test_a_request_of_every_kind_that_people_make_is_read(kind: Any) -> None:
    request = dict.fromkeys(kind.identity.fields, "a-name")
    assert launch_of_request(request, PLACE, NOW).kind == kind.name


@pytest.mark.parametrize("request_", [{}, {"BucketName": "x"}, {"TrainingJobName": None}])
def test_a_request_of_no_kind_is_refused_with_what_it_lacks(request_: dict[str, Any]) -> None:
    with pytest.raises(CannotRunError, match="of no kind"):
        launch_of_request(request_, PLACE, NOW)


def test_a_word_that_is_no_type_is_refused() -> None:
    with pytest.raises(CannotRunError, match="is no instance type"):
        of_type("g5.xlarge; rm")
