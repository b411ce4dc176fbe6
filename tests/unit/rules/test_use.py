"""What nobody uses: only what was measured, for long enough, counts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.budgets import CostContext
from costguard.costs.prices import Price, Prices
from costguard.idleness.keep_until import TAG
from costguard.resources.activity import Activity, KeepRequest
from costguard.resources.model import InstanceGroup, Resource
from costguard.resources.per_kind import PerKind
from costguard.resources.use import MeasuredUse, UseMetric
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Unknown, Verdict
from costguard.rules.idle import Options, check
from tests.factories import GOOD_TAGS, PEOPLE, at, resource

METRIC = UseMetric(name="Invocations", dimensions=(("EndpointName", "churn"),))
NOW = at(48)


def endpoint(**changes: Any) -> Resource:
    groups = (InstanceGroup("ml.g5.xlarge", 2),)
    facts = {"use": (METRIC,), "source": "churn-2", "groups": groups, "instances": 2}
    return resource("endpoint", "churn", **facts | changes)


def measured(last: float | None = None, since: float = 20, **more: Any) -> Activity:
    use = MeasuredUse(since=at(since), last=None if last is None else at(last))
    return Activity(use=use, **more)


def ask(found: Resource, money: CostContext | None = None, **options: Any) -> Verdict:
    ctx = EvaluationContext(now=NOW, directory=PEOPLE, money=money)
    return check(found, Options(**options), ctx)


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (endpoint(activity=measured(last=30)), PASS),
        (endpoint(activity=measured(last=23), changed=at(30)), PASS),
        (endpoint(started=at(25)), PASS),
        (endpoint(groups=(), instances=0), PASS),
        (endpoint(), NEEDS_FLEET),
        (endpoint(started=None), Unknown("the start of this run")),
        (endpoint(use=()), Unknown("its use (AWS measures none that tells)", loud=False)),
        (endpoint(activity=Activity()), Unknown("its use (CloudWatch has not told)", loud=False)),
        (
            endpoint(activity=measured(since=25)),
            Unknown("its use (CloudWatch has not told)", loud=False),
        ),
    ],
)
def test_use_and_what_is_not_known(found: Resource, answer: Verdict) -> None:
    assert ask(found) == answer


def failed(found: Resource, money: CostContext | None = None) -> Fail:
    answer = ask(found, money)
    assert isinstance(answer, Fail)
    return answer


def test_what_was_never_used_is_idle_since_its_last_change() -> None:
    answer = failed(endpoint(activity=measured(), changed=at(10)))
    assert (
        answer.reason
        == "nobody has used it since Tue 00:00, for 1 d 14 h (CloudWatch, Invocations)"
    )
    assert answer.not_before == at(34)
    assert "aws sagemaker delete-endpoint --region us-east-2 --endpoint-name churn" in answer.remedy
    assert "--endpoint-config-name churn-2 --tags" in answer.remedy
    assert TAG in answer.remedy


def test_its_last_use_begins_it_and_a_day_of_it_has_a_price() -> None:
    rates = {("us-east-2", "hosting", "ml.g5.xlarge"): Price(Decimal("1.5"), "list", "2026")}
    answer = failed(
        endpoint(activity=measured(last=23)), CostContext(spend=None, prices=Prices(rates))
    )
    assert "since Tue 13:00" in answer.reason
    assert answer.reason.endswith("; it costs $72.00 a day by list price")


def test_its_owner_can_keep_it_within_the_limits() -> None:
    until = at(50).isoformat()
    kept = (KeepRequest(until, at(47)),)
    tags = GOOD_TAGS | {TAG: until}
    assert ask(endpoint(activity=measured(kept=kept), tags=tags)) is PASS
    far = GOOD_TAGS | {TAG: at(500).isoformat()}
    assert "is refused: at most 12 h" in failed(endpoint(activity=measured(), tags=far)).reason


def test_a_kind_that_the_table_leaves_out_is_not_asked() -> None:
    assert ask(endpoint(), unused=PerKind({"app": timedelta(hours=1)})) is PASS
