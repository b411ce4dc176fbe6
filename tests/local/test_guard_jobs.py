"""Jobs above the limits are stopped in their first event; what SageMaker made itself is not."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.app.stop_request import parse_stop_request
from costguard.resources.model import ResourceRef
from local.demo.environment import seconds_to_stop
from local.sagemaker.errors import AwsError
from tests.local.guard import TAGS, Guard, machines
from tests.local.sagemaker_cases import definition

BIG = machines("ml.p4d.24xlarge")
DAY = {"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}
UNIT = {"InstanceGroupName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 1}
GROUPS = [UNIT, UNIT | {"InstanceGroupName": "b", "InstanceType": "ml.p3.2xlarge"}]
CONFIG = "ResourceConfig"
HOUR = {"StoppingCondition": {"MaxRuntimeInSeconds": 3600}}
CLUSTER = {"ClusterConfig": machines("ml.p3.16xlarge")}
TUNER = "HyperParameterTuningJob"
NAMED = definition(DefinitionName="good")
P5 = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 8}
SMALL = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
PREFERRED = {"InstancePreferences": [P5, SMALL], "VolumeSizeInGB": 10}
PREFERRED_P3 = {
    "InstancePreferences": [P5 | {"InstanceType": "ml.p3.16xlarge"}, SMALL],
    "VolumeSizeInGB": 10,
}
SERVERLESS = {
    "BaseModelArn": "arn:aws:sagemaker:us-east-2:aws:hub-content/Hub/Model/llama",
    "JobType": "FineTuning",
}


@pytest.fixture(autouse=True)
def swept(guard: Guard) -> None:
    """Begin behind a sweep: events stop no more than `max_stops` between two."""
    guard.next_sweep()


def test_a_training_job_is_stopped_while_it_starts_within_two_seconds(
    guard: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("sinkorswim-warm-up", "sinkorswim-too-big"):
        guard.create("TrainingJob", name, TAGS, ResourceConfig=BIG)
        job = guard.describe("TrainingJob", name)
        assert [step["Status"] for step in job["SecondaryStatusTransitions"]] == [
            "Starting",
            "Stopping",
        ]
    seconds = seconds_to_stop(guard.aws.delivered, "StopTrainingJob", "trainingJobName", name)
    assert seconds is not None
    with capsys.disabled():
        print(f" StopTrainingJob {seconds:.2f} s after the event ", end="")  # noqa: T201 - asked for
    assert seconds < 2
    guard.wait(minutes=1)
    assert guard.status("TrainingJob", name) == "Stopped"
    assert "TrainingStartTime" not in guard.describe("TrainingJob", name)


@pytest.mark.parametrize(
    ("prefix", "rule", "asked"),
    [
        ("TrainingJob", "instance-type", {CONFIG: BIG}),
        (
            "TrainingJob",
            "instance-type",
            {CONFIG: {"InstanceGroups": GROUPS, "VolumeSizeInGB": 10}},
        ),
        ("TrainingJob", "instance-type,too-many", {CONFIG: PREFERRED}),
        (
            "ProcessingJob",
            "instance-type,too-many",
            {"ProcessingResources": {"ClusterConfig": PREFERRED_P3}, **HOUR},
        ),
        ("TrainingJob", "too-many", {CONFIG: machines("ml.m5.large", 3)}),
        ("TrainingJob", "long-running", DAY),
        ("ProcessingJob", "instance-type", {"ProcessingResources": CLUSTER, **HOUR}),
        ("ProcessingJob", "long-running", DAY),
        ("ProcessingJob", "long-running", {}),
        (
            "TransformJob",
            "instance-type",
            {"TransformResources": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1}},
        ),
        (
            "TransformJob",
            "too-many",
            {"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 3}},
        ),
    ],
)
def test_a_job_above_a_limit_is_stopped_without_grace(
    guard: Guard, request: pytest.FixtureRequest, prefix: str, rule: str, asked: dict[str, Any]
) -> None:
    name = f"sinkorswim-{prefix}-{request.node.callspec.indices['prefix']}"
    guard.create(prefix, name, TAGS, **asked)
    assert guard.status(prefix, name) == "Stopping"
    guard.wait(minutes=1)
    (stopped,) = guard.notices_about(name)
    assert (stopped["stage"], stopped["rule"]) == ("stopped", rule)
    assert guard.stops(name) == [f"Stop{prefix}"]


@pytest.mark.parametrize(
    ("name", "definitions"),
    [
        ("one-type", [definition(ResourceConfig=BIG)]),
        ("one-count", [definition(ResourceConfig=machines("ml.m5.large", 3))]),
        ("one-day", [definition(**DAY)]),
        ("many", [NAMED, NAMED | {"DefinitionName": "bad", "ResourceConfig": BIG}]),
    ],
)
def test_a_tuning_job_is_stopped_for_its_definitions(
    guard: Guard, name: str, definitions: list[dict[str, Any]]
) -> None:
    one = {"TrainingJobDefinition": definitions[0]}
    many = {"TrainingJobDefinition": None, "TrainingJobDefinitions": definitions}
    guard.create(TUNER, name, TAGS, **(one if len(definitions) == 1 else many))
    assert guard.stops(name) == ["StopHyperParameterTuningJob"]
    guard.wait(minutes=2)
    assert guard.stages_of(name) == ["stopped"]


def test_a_child_leads_to_its_tuning_job_which_is_stopped_and_never_the_child(
    guard: Guard,
) -> None:
    name = "sinkorswim-unseen"
    with guard.losing_events():
        guard.create(TUNER, name, TAGS, TrainingJobDefinition=definition(ResourceConfig=BIG))
    guard.wait(seconds=15)
    children = guard.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )["TrainingJobSummaries"]
    assert children
    assert guard.stops(name) == ["StopHyperParameterTuningJob"]
    assert all(guard.stops(child["TrainingJobName"]) == [] for child in children)
    guard.wait(minutes=3)
    assert guard.stages_of(name) == ["stopped"]


def test_a_debugger_rule_added_to_a_running_job_is_stopped_and_the_job_goes_on(
    guard: Guard,
) -> None:
    name = "sinkorswim-profiled"
    guard.account.script_job(name, for_=timedelta(hours=2))
    guard.create("TrainingJob", name, TAGS)
    guard.wait(minutes=10)
    rule = {"RuleEvaluatorImage": "rules:1", "InstanceType": "ml.p3.16xlarge"}
    rules = [{"RuleConfigurationName": each, **rule} for each in ("Loss", "Gradient")]
    guard.sagemaker.update_training_job(TrainingJobName=name, ProfilerRuleConfigurations=rules)
    guard.wait(minutes=2)
    watchers = [
        r
        for r in guard.account.resources()
        if str(r.fields.get("TrainingJobArn", "")).endswith(f"/{name}") and r.name != name
    ]
    assert [watcher.status for watcher in watchers] == ["Stopped", "Stopped"]
    assert guard.status("TrainingJob", name) == "InProgress"
    for watcher in watchers:
        (told,) = guard.notices_about(watcher.name)
        assert (told["rule"], told["owner"]["name"]) == ("instance-type", "John Doe")


def test_a_warm_pool_is_warned_and_ended_and_its_job_keeps_its_model(guard: Guard) -> None:
    name = "sinkorswim-warm"
    guard.account.script_job(name, for_=timedelta(minutes=20))
    kept = machines("ml.m5.large") | {"KeepAlivePeriodInSeconds": 3600}
    guard.create("TrainingJob", name, TAGS, ResourceConfig=kept)
    guard.wait(hours=1)
    found = guard.describe("TrainingJob", name)
    assert found["TrainingJobStatus"] == "Completed"
    assert found["WarmPoolStatus"]["Status"] == "Available"
    assert found["ModelArtifacts"]
    guard.wait(minutes=40)
    assert guard.describe("TrainingJob", name)["WarmPoolStatus"]["Status"] == "Terminated"
    assert [(n["stage"], n["resource"]["kind"]) for n in guard.notices_about(name)] == [
        ("warning", "training-warm-pool"),
        ("stopped", "training-warm-pool"),
    ]


def test_what_sagemaker_makes_for_a_good_job_is_left_alone(guard: Guard) -> None:
    rules = [{"RuleConfigurationName": "Loss", "RuleEvaluatorImage": "rules:1"}]
    guard.create("TrainingJob", "sinkorswim-debugged", TAGS, DebugRuleConfigurations=rules)
    guard.create(TUNER, "sinkorswim-tuned", TAGS)
    guard.wait(hours=2)
    made = [r.name for r in guard.account.resources() if r.name.startswith("sinkorswim-debugged")]
    made += [r.name for r in guard.account.resources() if r.name.startswith("sinkorswim-tuned")]
    assert len(made) > 4
    assert [guard.stages_of(name) for name in made] == [[]] * len(made)
    assert [guard.stops(name) for name in made] == [[]] * len(made)


def test_an_untold_instance_type_is_told_to_the_admins_once_and_not_stopped(guard: Guard) -> None:
    name = "sinkorswim-unsaid"
    guard.create("TrainingJob", name, TAGS, **{CONFIG: machines(None)})
    guard.wait(minutes=30)
    (failed,) = guard.notices_about(name)
    assert (failed["stage"], failed["audience"]) == ("failed", "admins")
    assert "instance type is not known" in failed["reason"]
    assert guard.stops(name) == []


def test_a_job_that_bills_tokens_is_no_gap_and_its_tokens_are_metered(guard: Guard) -> None:
    name = "sinkorswim-serverless"
    serverless = {CONFIG: None, "ServerlessJobConfig": SERVERLESS}
    guard.create("TrainingJob", name, TAGS, **serverless)
    guard.wait(hours=3)
    assert guard.notices_about(name) == []
    counted = guard.describe("TrainingJob", name)["BillableTokenCount"]
    ledger = Table(guard.aws.client("dynamodb"), guard.outputs["LedgerTableName"])
    [row] = DynamoDbUsage(ledger).known(ResourceRef("training-job", name))
    assert row.tokens == counted > 0


def test_a_preference_is_judged_by_what_was_selected_once_that_is_known(guard: Guard) -> None:
    preferred = {"InstancePreferences": [SMALL, SMALL | {"InstanceType": "ml.m5.xlarge"}]}
    name = "sinkorswim-preferred"
    guard.account.exhaust("ml.m5.large")
    guard.create("TrainingJob", name, TAGS, ResourceConfig=preferred | {"VolumeSizeInGB": 10})
    guard.wait(minutes=30)
    config = guard.describe("TrainingJob", name)[CONFIG]
    assert (config["SelectedInstanceType"], config["SelectedInstanceCount"]) == ("ml.m5.xlarge", 1)
    assert guard.notices_about(name) == []


def test_five_jobs_that_wait_for_instances_are_left_in_their_queue(guard: Guard) -> None:
    names = [f"sinkorswim-queue-{n}" for n in range(5)]
    day = timedelta(days=1)
    guard.account.script_job("sinkorswim-queue", for_=timedelta(minutes=5), waits=day)
    for name in names:
        guard.create("TrainingJob", name, TAGS, ResourceConfig=machines("ml.m5.xlarge", 2))
    guard.wait(hours=23)
    assert [guard.stages_of(name) for name in names] == [[]] * 5
    assert [guard.stops(name) for name in names] == [[]] * 5
    assert guard.describe("TrainingJob", names[0])["SecondaryStatus"] == "Pending"


def test_an_untagged_job_has_its_grace_and_is_then_stopped(guard: Guard) -> None:
    name = "sinkorswim-untagged"
    guard.account.script_job(name, for_=timedelta(hours=3))
    guard.create("TrainingJob", name)
    guard.wait(minutes=59)
    assert (guard.stages_of(name), guard.stops(name)) == (["warning"], [])
    guard.wait(minutes=12)
    assert guard.stages_of(name) == ["warning", "stopped"]


def test_a_throttled_stop_is_tried_again_and_stops(guard: Guard) -> None:
    name = "sinkorswim-throttled"
    refusal = AwsError("ThrottlingException", "Rate exceeded")
    guard.account.fail_next("StopTrainingJob", refusal, times=2)
    guard.create("TrainingJob", name, TAGS, ResourceConfig=BIG)
    guard.wait(minutes=1)
    assert guard.status("TrainingJob", name) == "Stopped"
    assert guard.stages_of(name) == ["stopped"]
    assert guard.dead_letters() == []


def freeze(guard: Guard) -> Callable[[], None]:
    """Take the power to stop away from enforce; the answer gives it back."""
    iam, role = guard.aws.client("iam"), guard.config("Enforce")["Role"].rpartition("/")[2]
    deny = {"Effect": "Deny", "Action": "sagemaker:Stop*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(RoleName=role, PolicyName="frozen", PolicyDocument=document)
    return lambda: iam.delete_role_policy(RoleName=role, PolicyName="frozen")


def test_a_stop_that_is_denied_is_loud_and_happens_once_it_is_granted(guard: Guard) -> None:
    name = "sinkorswim-denied"
    guard.account.script_job(name, for_=timedelta(hours=1))
    thaw = freeze(guard)
    guard.next_sweep()
    with guard.losing_events():
        guard.create("TrainingJob", name, TAGS, ResourceConfig=BIG)
        guard.wait(minutes=26)
    assert guard.stages_of(name) == []
    thaw()
    letters = [parse_stop_request(json.dumps(letter)) for letter in guard.dead_letters()]
    assert {ref.name for refs, _ in letters for ref in refs} == {name}
    assert "AccessDenied" in guard.log("Enforce")
    assert any("DeadLetters" in text for text in guard.summaries())
    guard.wait(minutes=11)
    assert guard.stages_of(name) == ["stopped"]
