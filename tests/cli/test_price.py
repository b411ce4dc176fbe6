"""`costguard price`: what the policy says of a launch before it is made, and what it can cost."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.common.calendar import UTC
from costguard.costs.budgets import CostContext, sum_spend
from costguard.costs.prices import Price, Prices
from costguard.policy.loader import parse_policy
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.estimate import (
    Estimate,
    estimate,
    launch_of_request,
    launch_of_type,
    paid_time,
)
from costguard_cli.analysis.launch_request import check_request
from costguard_cli.errors import CannotRunError
from costguard_cli.views import price as price_view
from tests.cli.command import printed, run
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
    launch = launch_of_type(kind, type_, count, hours, tags, place=PLACE, now=NOW)
    return judged(launch, launch.max_runtime)


def judged(launch: Resource, paid: timedelta | None) -> Estimate:
    money = CostContext(sum_spend((), PRICES, UTC.info, NOW), PRICES)
    return estimate(launch, POLICY, PRICES, paid=paid, money=money, now=NOW)


def of_request(request: dict[str, Any], hours: float | None = None) -> Estimate:
    launch = launch_of_request(request, PLACE, NOW)
    return judged(launch, paid_time(request, launch, hours))


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
    found = of_request(REQUEST)
    assert set(found.evaluation.violations) == {"missing-tags"}
    assert found.at_most == Decimal("6.0")
    tags = [{"Key": "Project", "Value": "sinkorswim"}]
    tagged = of_request(REQUEST | {"Tags": tags})
    assert tagged.allowed


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.is_launched])
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


SPOT = {"EnableManagedSpotTraining": True}
TRANSFORM = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
DEAR = {"InstanceType": "ml.g5.2xlarge"}
SERVERLESS = {
    "TrainingJobName": "tuned",
    "ServerlessJobConfig": {"JobType": "FineTuning", "BaseModelArn": "arn:aws:sagemaker:x"},
}
TUNING = {
    "HyperParameterTuningJobName": "tune",
    "HyperParameterTuningJobConfig": {
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2}
    },
    "TrainingJobDefinition": {
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    },
}
LIMITS = TUNING["HyperParameterTuningJobConfig"]["ResourceLimits"]  # type: ignore[index]


def limited(**more: int) -> dict[str, Any]:
    return TUNING | {"HyperParameterTuningJobConfig": {"ResourceLimits": {**LIMITS, **more}}}


def test_the_most_that_a_tuning_job_can_cost_is_that_of_all_its_training_jobs() -> None:
    found = of_request(TUNING)
    assert (found.usd_per_hour, found.at_most) == (Decimal("0.2"), Decimal("2.0"))
    own = of_request(limited(MaxRuntimeInSeconds=7200))
    assert own.at_most == Decimal("0.4")
    assert of_request(limited(MaxNumberOfTrainingJobs=0)).at_most is None


def test_a_tuning_job_without_a_number_of_jobs_is_priced_for_the_hours_given() -> None:
    found = of_request(limited(MaxNumberOfTrainingJobs=0), 3)
    assert found.at_most == Decimal("0.6")


def test_a_training_plan_is_paid_already() -> None:
    plan = {"TrainingPlanArn": "arn:aws:sagemaker:us-east-2:123456789012:training-plan/x"}
    config = {**REQUEST["ResourceConfig"], **plan}  # type: ignore[dict-item]
    assert of_request(REQUEST | {"ResourceConfig": config}).at_most == Decimal(0)


M5: dict[str, Any] = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 9}
G5: dict[str, Any] = M5 | DEAR
HOUR = {"MaxRuntimeInSeconds": 3600}
PROCESSING = {
    "ProcessingJobName": "clean",
    "ProcessingResources": {"ClusterConfig": M5},
    "StoppingCondition": HOUR,
}


def training(stopping: Any = HOUR, **config: Any) -> dict[str, Any]:
    return {"TrainingJobName": "a", "ResourceConfig": config, "StoppingCondition": stopping}


def group(type_: str, count: int) -> dict[str, Any]:
    return {"InstanceGroupName": type_[3:], "InstanceType": type_, "InstanceCount": count}


def tuning(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (TUNING | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("request_", "usd"),
    [
        (training(InstanceGroups=[group("ml.m5.large", 2), group("ml.g5.2xlarge", 1)]), "1.7"),
        (training(InstancePreferences=[TRANSFORM, TRANSFORM | DEAR]), "3"),
        (training(HOUR | {"MaxWaitTimeInSeconds": 9000}, **M5) | SPOT, "0.1"),
        (
            tuning(
                TrainingJobDefinition=None,
                TrainingJobDefinitions=[
                    {"ResourceConfig": M5, "StoppingCondition": HOUR},
                    {"ResourceConfig": G5, "StoppingCondition": HOUR},
                ],
            ),
            "30",
        ),
        (
            tuning(
                TrainingJobDefinition={
                    "HyperParameterTuningResourceConfig": {"InstanceConfigs": [M5, G5]},
                    "StoppingCondition": HOUR,
                }
            ),
            "30",
        ),
        (PROCESSING, None),  # of no known price
        ({"TransformJobName": "a", "TransformResources": TRANSFORM}, None),  # without an end
    ],
)
def test_what_a_job_can_cost_is_that_of_the_dearest_it_may_use(
    request_: dict[str, Any], usd: str | None
) -> None:
    check_request(request_)
    assert of_request(request_).at_most == (usd and Decimal(usd))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (REQUEST | {"ProcessingJobName": "b"}, 'Unknown parameter in input: "ProcessingJobName"'),
        (REQUEST | {"Tags": {"Project": "x"}}, "Invalid type for parameter Tags"),
        (training(InstanceTyp="ml.m5.large"), 'Unknown parameter in ResourceConfig: "InstanceTyp"'),
        (training(**M5 | {"InstanceCount": "2"}), "parameter ResourceConfig.InstanceCount"),
        (training(**M5 | {"InstanceCount": 0}), "on which instances it runs, and on how many"),
        (training(InstanceType="ml.m5.large"), "on which instances it runs, and on how many"),
        ({"TrainingJobName": "a"}, "on which instances it runs, and on how many"),
        ({"TransformJobName": "a"}, "on which instances it runs, and on how many"),
        (PROCESSING | {"ProcessingResources": {}}, "on which instances it runs, and on how many"),
        ({"ModelName": "a"}, "of no kind"),
    ],
)
def test_a_request_that_aws_or_nobody_can_price_is_refused_before_any_call(
    tmp_path: Path, request_: dict[str, Any], said: str
) -> None:
    (tmp_path / "job.json").write_text(json.dumps(request_))
    done = run("price", tmp_path / "job.json")
    assert done.code == 2
    assert said in " ".join(done.words.split())


@pytest.mark.parametrize("request_", [REQUEST, TUNING, {"EndpointName": "a"}, SERVERLESS])
def test_what_costs_nothing_may_be_left_out_of_a_request(request_: dict[str, Any]) -> None:
    check_request(request_)


@pytest.mark.parametrize("hours", [float("nan"), float("inf"), -1, 0, 1e9])
def test_what_is_no_time_is_refused(hours: float) -> None:
    with pytest.raises(CannotRunError, match="no time that a launch can run"):
        of_type("ml.m5.large", hours=hours)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(CannotRunError, match="no instance type, and no file here"):
        of_type("train.json")


def test_a_warm_pool_is_paid_for_after_its_job() -> None:
    config = {**REQUEST["ResourceConfig"], "KeepAlivePeriodInSeconds": 3600}  # type: ignore[dict-item]
    assert of_request(REQUEST | {"ResourceConfig": config}).at_most == Decimal("9.0")


@pytest.mark.parametrize("condition", [{}, {"MaxWaitTimeInSeconds": 9}, None])
def test_a_training_job_that_sets_no_limit_has_that_of_aws(condition: object) -> None:
    found = of_request(REQUEST | {"StoppingCondition": condition})
    assert found.paid == timedelta(days=1)
    assert found.at_most == Decimal(72)
    assert "long-running" not in found.evaluation.violations


def test_what_has_no_end_is_priced_for_the_hours_that_are_given() -> None:
    request = {
        "ProcessingJobName": "clean",
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}
        },
    }
    launch = launch_of_request(request, PLACE, NOW)
    assert paid_time(request, launch, None) is None
    assert paid_time(request, launch, 3) == timedelta(hours=3)
    with pytest.raises(CannotRunError, match="says itself how long"):
        of_request(REQUEST, 3)


def words(found: Estimate) -> str:
    context = AnalysisContext(policy=POLICY, source="a test")
    return printed(lambda console: price_view.show(console, found, context, ()), 140)


def test_a_launch_that_may_go_over_its_budget_says_by_how_much() -> None:
    found = of_type("ml.g5.2xlarge", 4, Project="sinkorswim")
    assert "$10.00 left of $10.00; it may go $8.00 over it" in words(found)
    fits = of_type("ml.m5.large", Project="sinkorswim")
    assert "; $9.70 after it" in words(fits)


@pytest.mark.parametrize("option", [("--count", 2), ("--owner", "Jane Roe"), ("--kind", "job")])
def test_a_file_that_says_what_is_launched_takes_no_other_word(
    tmp_path: Path, option: tuple[object, ...]
) -> None:
    (tmp_path / "train.json").write_text(json.dumps(REQUEST))
    done = run("price", tmp_path / "train.json", *option)
    assert done.code == 2
    assert "says itself what is launched" in done.words


@pytest.mark.parametrize("text", ["[]", "import sagemaker"])
def test_a_file_without_a_request_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "train.py").write_text(text)
    assert run("price", tmp_path / "train.py").code == 2
