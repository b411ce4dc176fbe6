"""Jobs: seconds cost money, so they are stopped in their event; and through their parents."""

from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.prices import Price, Prices
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.events import CLOUDTRAIL
from costguard.resources.model import (
    NO_LIMIT,
    BillingFacts,
    InstanceGroup,
    Resource,
    ResourceStatus,
)
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.resources.translation import translate
from tests.factories import (
    GOOD_TAGS,
    arn,
    at,
    on,
    policy,
    processing_job,
    resource,
    training_job,
    transform_job,
    tuning_job,
    with_rule,
)
from tests.scenarios.account import Account


def stopped_in_the_event(job: Resource) -> list[str]:
    account = Account(policy(), job)
    account.event(job.name, at(0))
    account.enforce()
    return account.stopped


@pytest.mark.parametrize("make", [training_job, tuning_job, processing_job, transform_job])
def test_a_job_on_a_type_outside_the_list_is_stopped_in_its_event(make: Any) -> None:
    assert stopped_in_the_event(make("big", **on("ml.p4d.24xlarge"))) == ["big"]


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("a group of instances", on("ml.t3.medium", "ml.p3.2xlarge")),
        ("too many instances", on("ml.m5.large", count=3)),
        ("a run time that is too long", {"max_runtime": timedelta(hours=9)}),
        ("no maximum run time", {"max_runtime": NO_LIMIT}),
        ("a run that lasts too long", {"started": at(-13)}),
    ],
)
def test_a_job_is_stopped_for(why: str, changes: dict[str, Any]) -> None:
    assert stopped_in_the_event(training_job(why, **changes)) == [why]


def test_a_job_that_is_still_starting_is_stopped_before_it_costs() -> None:
    job = training_job("big", started=None, **on("ml.p4d.24xlarge"))
    assert stopped_in_the_event(job) == ["big"]


def test_a_job_with_missing_tags_only_is_warned_first() -> None:
    account = Account(policy(), training_job("job", tags={}))
    account.event("job", at(0))
    account.run(at(0.9))
    assert account.new_notices() == [("warning", "job")]
    account.run(at(1))
    assert account.stopped == ["job"]


def test_a_stopped_job_is_over() -> None:
    account = Account(policy(), training_job("big", **on("ml.p4d.24xlarge")))
    account.event("big", at(0))
    account.enforce()
    account.settle(at(1))
    assert account.new_notices() == [("stopped", "big")]
    assert not account.case("big").is_open
    assert account.case("big").stops == 1


@pytest.mark.parametrize("groups", [None, (InstanceGroup(None, 1),)])
def test_an_unknown_instance_type_is_told_to_the_admins_once_and_stops_nothing(
    groups: tuple[InstanceGroup, ...] | None,
) -> None:
    account = Account(policy(), training_job("serverless", groups=groups, instances=None))
    account.event("serverless", at(0))
    account.run(at(1))
    account.run(at(2))
    assert account.new_notices() == [("failed", "serverless")]
    assert account.notices[0].audience == "admins"
    assert account.stopped == []


def tuner(**definitions: Any) -> Resource:
    raw = {
        "HyperParameterTuningJobName": "tune-261123-1400",
        "HyperParameterTuningJobArn": arn("hyper-parameter-tuning-job", "tune-261123-1400"),
        "HyperParameterTuningJobStatus": "InProgress",
        "HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxParallelTrainingJobs": 2}},
        "CreationTime": at(0),
    }
    return translate(KINDS["hyper-parameter-tuning-job"], raw | definitions)


def definition(kind: str = "ml.m5.large", count: int = 1, seconds: int = 3600) -> dict[str, Any]:
    return {
        "ResourceConfig": {"InstanceType": kind, "InstanceCount": count},
        "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
    }


@pytest.mark.parametrize(
    "definitions",
    [
        {"TrainingJobDefinition": definition("ml.p4d.24xlarge")},
        {"TrainingJobDefinition": definition(count=2)},
        {"TrainingJobDefinition": definition(seconds=100_000)},
        {"TrainingJobDefinitions": [definition(), definition("ml.p3.16xlarge")]},
        {"TrainingJobDefinition": {}, "TrainingJobDefinitions": [definition(count=5)]},
    ],
)
def test_a_tuning_job_is_judged_by_its_definitions(definitions: dict[str, Any]) -> None:
    assert stopped_in_the_event(tuner(**definitions)) == ["tune-261123-1400"]


def test_a_child_brings_the_guard_to_its_parent_and_is_never_stopped_itself() -> None:
    parent = tuner(TrainingJobDefinition=definition("ml.p4d.24xlarge"))
    child = training_job("tune-001", parent=parent.arn, tags={}, **on("ml.p4d.24xlarge"))
    account = Account(policy(), parent, child)
    account.event("tune-001", at(0))
    account.enforce()
    account.run(at(2))
    assert account.stopped == [parent.name]


def test_a_child_of_a_good_parent_is_not_punished_for_its_empty_tags() -> None:
    parent = training_job("train")
    debugger = processing_job("debugger-1", parent=parent.arn, tags={})
    account = Account(policy(), parent, debugger)
    account.event("debugger-1", at(0))
    account.run(at(5))
    assert (account.notices, account.stopped) == ([], [])


def test_a_sweep_judges_a_child_through_its_parent_alone() -> None:
    parent = tuner(TrainingJobDefinition=definition("ml.p4d.24xlarge"))
    child = training_job("tune-001", parent=parent.arn, tags={}, **on("ml.p4d.24xlarge"))
    account = Account(policy(), parent, child)
    assert account.sweep(at(0))["ResourcesEvaluated"] == 1
    assert account.queued_stops == [parent.name]
    assert {usage.name for usage in account.usage.values()} == {child.name}  # it is what costs


@pytest.mark.parametrize("meets", ["its event", "a sweep"])
@pytest.mark.parametrize(("own", "project"), [({}, "sinkorswim"), ({"Project": "own"}, "own")])
def test_a_child_without_tags_is_charged_as_its_parent(
    meets: str, own: dict[str, str], project: str
) -> None:
    tags = {"Project": "sinkorswim", "Name": "Jane Roe"}
    parent = replace(tuner(TrainingJobDefinition=definition()), tags=tags)
    child = training_job("tune-001", parent=parent.arn, tags=own)
    account = Account(policy(), parent, child)
    if meets == "a sweep":
        account.sweep(at(0))
    else:
        account.event("tune-001", at(0), tags=own)
    [charged] = account.usage.values()
    assert (charged.name, charged.labels.project) == ("tune-001", project)
    assert own or charged.labels == account.policy.directory.labels(parent)
    assert account.tags_asked.count(parent.name) <= 1  # for itself and for its child


def test_a_child_whose_parent_is_gone_is_left_alone() -> None:
    account = Account(policy(), processing_job("p", parent=arn("training-job", "x"), tags={}))
    assert account.event("p", at(0)) == "gone"


def test_a_stop_reference_to_a_child_stops_nothing() -> None:
    parent = training_job("train")
    child = processing_job("debugger-1", parent=parent.arn, **on("ml.p4d.24xlarge"))
    account = Account(policy(), parent, child)
    account.queue.append(([child.ref], at(0)))
    assert account.enforce() == ["not-due"]


def test_a_job_made_by_something_nobody_judges_is_a_blind_spot() -> None:
    study = "arn:aws:sagemaker:us-east-2:123456789012:study/hourly"
    account = Account(policy(), processing_job("monitor", parent=study, **on("ml.p3.2xlarge")))
    account.event("monitor", at(0))
    account.run(at(1))
    assert account.new_notices() == [("failed", "monitor")]
    assert study in account.notices[0].reason
    assert account.stopped == []


def test_a_job_that_ends_by_itself_closes_its_case_quietly() -> None:
    account = Account(policy(), training_job("job", tags={}))
    account.event("job", at(0))
    account.change("job", status=ResourceStatus.STOPPED)
    account.event("job", at(0.5))
    assert account.new_notices() == [("warning", "job")]
    assert not account.case("job").is_open


def test_a_job_tagged_in_time_is_all_clear() -> None:
    account = Account(policy(), transform_job("job", tags={}))
    account.event("job", at(0))
    account.change("job", tags=GOOD_TAGS)
    account.sweep(at(0.5))
    assert account.new_notices() == [("warning", "job"), ("all-clear", "job")]


def rule_job(parent: Resource, **changes: Any) -> Resource:
    facts = {"tags": None, "belongs_to": parent.arn, **on("ml.p4d.24xlarge"), **changes}
    return processing_job("train-loss-0a1b2c3d", **facts)


def test_a_debugger_rule_is_judged_where_it_runs_and_its_job_goes_on() -> None:
    parent = training_job("train")
    account = Account(policy(), parent, rule_job(parent))
    account.event("train-loss-0a1b2c3d", at(0))
    account.enforce()
    account.settle(at(0.1))
    assert account.stopped == ["train-loss-0a1b2c3d"]
    [notice] = account.notices
    assert (notice.rule, notice.owner["name"]) == ("instance-type", "John Doe")


def test_a_debugger_rule_is_asked_neither_for_its_name_nor_for_its_tags() -> None:
    parent = training_job("train", tags={})
    account = Account(policy(), parent, rule_job(parent, **on("ml.m5.large")))
    account.event("train-loss-0a1b2c3d", at(0))
    account.run(at(0.1))
    assert account.new_notices() == [("warning", "train")]


def test_a_debugger_rule_that_outlives_its_job_runs_no_longer_than_allowed() -> None:
    parent = training_job("train", status=ResourceStatus.STOPPED)
    small = on("ml.m5.large")
    account = Account(policy(), parent, rule_job(parent, started=at(-13), tags=GOOD_TAGS, **small))
    account.run(at(0))
    assert account.stopped == ["train-loss-0a1b2c3d"]


def warm_pool(**changes: Any) -> Resource:
    belongs_to = arn("training-job", "warm")
    facts = {"belongs_to": belongs_to, "started": at(0), "max_runtime": timedelta(minutes=30)}
    return resource("training-warm-pool", "warm", **facts | changes)


def keeping_pools_short() -> Policy:
    kept = PerKind({"training-warm-pool": timedelta(minutes=30)})
    return with_rule(policy(), "long-running", ran=kept, limit=PerKind({"*": timedelta(hours=1)}))


def test_a_warm_pool_is_ended_when_it_waits_too_long() -> None:
    account = Account(keeping_pools_short(), warm_pool())
    account.run(at(0.4))
    assert account.stopped == []
    account.run(at(0.6))
    assert account.stopped == ["warm"]


def test_a_warm_pool_that_is_prolonged_is_judged_by_its_new_time() -> None:
    account = Account(keeping_pools_short(), warm_pool(max_runtime=timedelta(hours=6)))
    detail = {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "UpdateTrainingJob",
        "requestParameters": {
            "trainingJobName": "warm",
            "resourceConfig": {"keepAlivePeriodInSeconds": 21600},
        },
    }
    call = {"detail-type": CLOUDTRAIL, "time": at(0.1).isoformat(), "detail": detail}
    assert account.deliver(call) == "due"
    account.enforce()
    assert account.stopped == ["warm"]


def test_a_warm_pool_has_the_tags_of_its_job_and_is_not_asked_for_them() -> None:
    account = Account(keeping_pools_short(), warm_pool(tags={}))
    account.run(at(0.1))
    assert account.notices == []


def test_a_status_that_costguard_does_not_know_is_told_once_and_stops_nothing() -> None:
    odd = {"status": ResourceStatus.UNKNOWN, "status_word": "Pondering"}
    account = Account(policy(), training_job("odd", **odd, **on("ml.p4d.24xlarge")))
    for hour in range(3):
        account.event("odd", at(hour))
        account.run(at(hour + 0.5))
    assert account.new_notices() == [("failed", "odd")]
    assert "AWS reports the status Pondering" in account.notices[0].reason
    assert account.stopped == []


def test_a_job_on_a_training_plan_is_in_no_dollar_cap() -> None:
    rules = parse_policy("[rules.burn-rate]\ngrace = '0s'\nper_owner = 1").rules
    p5 = {**on("ml.m5.large"), "billing": BillingFacts(prepaid=True)}
    jobs = [training_job(f"plan-{n}", **p5) for n in range(9)]
    account = Account(replace(policy(), rules=rules), *jobs)
    account.prices = Prices({("us-east-2", "training", "ml.m5.large"): Price(Decimal(9), "", "")})
    account.run(at(1))
    assert account.notices == []
