"""What template.yaml promises to those who build on it."""

import json
import re
from typing import Any

import pytest

from costguard.adapters.metrics import NAMESPACE
from costguard.bootstrap.door_settings import DoorSettings
from costguard.bootstrap.settings import (
    GuardSettings,
    NotifySettings,
    ReportSettings,
    RespondSettings,
)
from costguard.bootstrap.spoke_settings import SpokeSettings
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode
from costguard.reports.period import Period
from costguard.resources.events import CLOUDTRAIL
from costguard.resources.registry import KINDS
from tests.contract.template import (
    EVERYTHING,
    FUNCTIONS,
    PATH,
    RESOURCES,
    TEMPLATE,
    TEXT,
    of_type,
    own_variables,
    target,
)

OUTPUTS = {
    "AlertsTopicArn": "AWS::SNS::Topic",
    "SummaryTopicArn": "AWS::SNS::Topic",
    "LedgerTableName": "AWS::DynamoDB::Table",
    "StopQueueUrl": "AWS::SQS::Queue",
    "ParkQueueUrl": "AWS::SQS::Queue",
    "ParkDeadLetterQueueUrl": "AWS::SQS::Queue",
    "DeadLetterQueueUrl": "AWS::SQS::Queue",
    "LedgerTableArn": "AWS::DynamoDB::Table",
    "ReportBucketName": "AWS::S3::Bucket",
    "NotifyQueueUrl": "AWS::SQS::Queue",
    "ChatTopicArn": "AWS::SNS::Topic",
    "HeartbeatConfigName": "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    **{
        f"{name}FunctionName": "AWS::Serverless::Function"
        for name in (
            "Watch",
            "Sweep",
            "Probe",
            "Enforce",
            "Parker",
            "Report",
            "Notify",
            "Respond",
            "Door",
        )
    },
    "LockdownArn": "AWS::StepFunctions::StateMachine",
    "LockdownPolicyArn": "AWS::IAM::ManagedPolicy",
    "LockdownTopicArn": "AWS::SNS::Topic",
    "RespondUrl": "AWS::Lambda::Url",
    "DoorUrl": "AWS::Lambda::Url",
    "RespondAccessArn": "AWS::IAM::ManagedPolicy",
}
OF_A_HUB = {"SPOKES", "SPOKE_EXTERNAL_ID"}
READS: dict[str, tuple[Any, ...]] = {  # what each function's wiring reads of its environment
    "Watch": (GuardSettings,),
    "Sweep": (GuardSettings,),
    "Probe": (SpokeSettings,),
    "Enforce": (GuardSettings,),
    "Parker": (GuardSettings,),
    "Report": (ReportSettings,),
    "Notify": (NotifySettings,),
    "Respond": (RespondSettings,),
    "Door": (RespondSettings, DoorSettings),
}
EVENTS = [
    (function, name, event)
    for function, properties in FUNCTIONS.items()
    for name, event in properties.get("Events", {}).items()
]
FOURTEEN_DAYS = 14 * 24 * 3600


def properties(name: str) -> dict[str, Any]:
    return dict(RESOURCES[name]["Properties"])


class Variables(dict[str, str]):
    """An environment that remembers what was read of it."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.read = set[str]()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def test_the_outputs_are_those_that_others_build_on() -> None:
    assert TEMPLATE["Outputs"].keys() == {*OUTPUTS, "Version"}


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_output_names_what_it_says_while_that_is_there(output: str) -> None:
    given = TEMPLATE["Outputs"][output]
    named = target(given["Value"])
    assert RESOURCES[named]["Type"] == OUTPUTS[output]
    assert given.get("Condition") == TEMPLATE["Resources"][named].get("Condition")


def test_the_outputs_point_at_different_things() -> None:
    values = [str(output["Value"]) for output in TEMPLATE["Outputs"].values()]
    assert len(set(values)) == len(values)


def test_a_first_deployment_only_observes_and_the_modes_are_the_policys() -> None:
    mode = TEMPLATE["Parameters"]["Mode"]
    assert mode["Default"] == "observe"
    assert mode["AllowedValues"] == [each.value for each in Mode]


def test_every_parameter_has_a_default_and_says_what_it_is_for() -> None:
    for parameter in TEMPLATE["Parameters"].values():
        assert parameter.keys() >= {"Default", "Description"}


@pytest.mark.parametrize(
    ("queue", "dead"),
    [
        ("StopQueue", "DeadLetterQueue"),
        ("NotifyQueue", "DeadLetterQueue"),
        ("ParkQueue", "ParkDeadLetterQueue"),
    ],
)
def test_what_fails_for_good_is_kept_for_fourteen_days(queue: str, dead: str) -> None:
    assert properties(dead)["MessageRetentionPeriod"] == FOURTEEN_DAYS
    redrive = properties(queue)["RedrivePolicy"]
    assert target(redrive["deadLetterTargetArn"]) == dead


@pytest.mark.parametrize(
    ("queue", "function"),
    [("StopQueue", "Enforce"), ("ParkQueue", "Parker"), ("NotifyQueue", "Notify")],
)
def test_a_message_stays_hidden_while_its_function_works_on_it(queue: str, function: str) -> None:
    assert properties(queue)["VisibilityTimeout"] > properties(function)["Timeout"]


def test_a_notice_that_waits_for_the_morning_is_not_forgotten() -> None:
    assert properties("NotifyQueue")["MessageRetentionPeriod"] == FOURTEEN_DAYS


def test_every_notice_comes_to_notify_as_it_was_published() -> None:
    given = properties("NoticesToNotify")
    assert (target(given["TopicArn"]), target(given["Endpoint"])) == ("AlertsTopic", "NotifyQueue")
    assert (given["Protocol"], given["RawMessageDelivery"]) == ("sqs", True)
    assert "FilterPolicy" not in given


def test_one_bad_notice_fails_no_other() -> None:
    given = properties("Notify")["Events"]["Notices"]["Properties"]
    assert given["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_pages_are_private_encrypted_and_expire() -> None:
    bucket = properties("ReportBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (encrypted,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encrypted == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert {(rule["Status"], rule["ExpirationInDays"]) for rule in rules} == {("Enabled", 90)}
    assert {rule["Prefix"] for rule in rules} == {f"{each.value}/" for each in Period}


def test_rosters_do_not_expire_with_the_pages() -> None:
    place = properties("Sweep")["Environment"]["Variables"]["ROSTERS"]["Fn::Sub"]
    rules = properties("ReportBucket")["LifecycleConfiguration"]["Rules"]
    assert place == "${ReportBucket}/rosters"
    assert not any("rosters/".startswith(rule["Prefix"]) for rule in rules)


@pytest.mark.parametrize("kept", ["Ledger", "ReportBucket"])
def test_what_people_may_still_need_outlives_the_stack(kept: str) -> None:
    assert RESOURCES[kept]["DeletionPolicy"] == "Retain"
    assert RESOURCES[kept]["UpdateReplacePolicy"] == "Retain"


def test_the_ledger_is_backed_up_and_forgets_what_may_expire() -> None:
    ledger = properties("Ledger")
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert [key["AttributeName"] for key in ledger["KeySchema"]] == ["pk", "sk"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_a_group_of_its_own_that_forgets(function: str) -> None:
    logs = properties(function)["LoggingConfig"]["LogGroup"]
    assert target(logs) == f"{function}Logs"
    assert target(properties(target(logs))["RetentionInDays"]) == "LogRetentionDays"
    raw = TEMPLATE["Resources"]
    assert raw[target(logs)].get("Condition") == raw[function].get("Condition")


@pytest.mark.parametrize(("function", "name", "event"), EVENTS)
def test_nothing_that_sets_off_a_function_is_lost(
    function: str, name: str, event: dict[str, Any]
) -> None:
    given = event["Properties"]
    if event["Type"] == "SQS":
        assert "RedrivePolicy" in properties(target(given["Queue"])), name
        return
    assert target(given["DeadLetterConfig"]["Arn"]) == "DeadLetterQueue", name
    failed = properties(function)["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert target(failed["Destination"]) == "DeadLetterQueue"


def test_every_kind_is_heard_of() -> None:
    events = {name: event["Properties"] for _, name, event in EVENTS}
    changes = events["StateChange"]["Pattern"]["detail-type"]
    assert changes == [each for kind in KINDS.values() for each in kind.events.detail_types]
    calls = events["Call"]["Pattern"]
    known = [kind.events for kind in KINDS.values()]
    created = dict.fromkeys(c for each in known for c in (*each.creates, *each.changes))
    assert calls["detail-type"] == [CLOUDTRAIL]
    assert calls["detail"]["eventName"] == ["AddTags", "DeleteTags", *created]


def test_two_stacks_fit_into_one_account() -> None:
    schedules = [e["Properties"] for _, _, e in EVENTS if e["Type"] == "ScheduleV2"]
    assert schedules
    assert all(schedule["OmitName"] is True for schedule in schedules)
    names = ("FunctionName", "QueueName", "TableName", "TopicName", "LogGroupName", "AlarmName")
    named = {n: r for n, r in RESOURCES.items() if r["Type"] != "AWS::Lambda::Permission"}
    given = [(n, key) for n, r in named.items() for key in names if key in r["Properties"]]
    assert given == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gets_the_environment_it_reads_and_nothing_else(function: str) -> None:
    given = Variables(EVERYTHING.environment(function))
    for settings in READS[function]:
        settings.read(given)
    read = given.read | {"AWS_LAMBDA_FUNCTION_NAME", "STACK", "METRICS"}  # of every heartbeat
    assert given.keys() <= read
    assert read - given.keys() <= {"PROBE_FUNCTION", "ROSTERS", "AWS_REGION", *OF_A_HUB}


def test_no_function_gets_anything_that_only_another_one_reads() -> None:
    every = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert every.keys() == {"STACK", "METRICS"}
    assert every["STACK"] == {"Ref": "AWS::StackName"}


def test_only_who_looks_at_activity_knows_the_probe() -> None:
    knows = {name for name, each in FUNCTIONS.items() if "PROBE_FUNCTION" in own_variables(each)}
    assert knows == {"Sweep", "Enforce", "Parker"}


def test_the_heartbeat_is_the_stacks_own_and_begins_at_each_start() -> None:
    given = properties("Heartbeat")
    assert EVERYTHING.text(given["NotebookInstanceLifecycleConfigName"]) == "costguard-heartbeat"
    assert "OnCreate" not in given
    (script,) = given["OnStart"]
    assert script["Content"]["Fn::Base64"].startswith("#!/bin/bash\n")


def test_the_summaries_come_at_an_hour_of_the_same_zone_each_for_its_period() -> None:
    events = {name: e["Properties"] for name, e in properties("Report")["Events"].items()}
    asked = {name: json.loads(e["Input"])["period"] for name, e in events.items()}
    assert asked == {"Daily": "day", "Weekly": "week", "Prices": "prices"}
    assert events.pop("Prices")["ScheduleExpression"] == "rate(1 day)"  # begins at once
    assert {target(e["ScheduleExpressionTimezone"]) for e in events.values()} == {"Timezone"}


def test_nothing_is_there_for_tests() -> None:
    ours = re.sub(r"# >>> lifecycle/.*# <<< lifecycle/", "", TEXT, flags=re.DOTALL)
    assert not re.search(
        r"endpoint_url|localhost|127\.0\.0\.1|ministack|\btest", ours, re.IGNORECASE
    )


def test_the_schedules_keep_the_time_of_the_shipped_policy() -> None:
    policy = parse_policy((PATH.parent / "layers/policy/policy.toml").read_text(encoding="utf-8"))
    assert TEMPLATE["Parameters"]["Timezone"]["Default"] == policy.timezone.info.key


def test_no_partition_region_or_account_is_written_out() -> None:
    assert not re.search(r"arn:aws[\w-]*:|\b[a-z]{2}-[a-z]+-\d\b|\b\d{12}\b", TEXT)


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_reaches_people_and_watches_something_that_is_there(alarm: str) -> None:
    given = properties(alarm)
    assert [target(action) for action in given["AlarmActions"]] == ["SummaryTopic"]
    assert given["Namespace"] in ("AWS/SQS", "AWS/Lambda", "AWS/States", NAMESPACE)
    watched = [target(each["Value"]) for each in given["Dimensions"]]
    assert set(watched) <= {*RESOURCES, "AWS::StackName"}
    assert len(given["AlarmDescription"]) > 80  # says what to do


def test_functions_run_on_the_python_that_is_pinned() -> None:
    pinned = TEMPLATE["Globals"]["Function"]["Runtime"]
    layers = of_type("AWS::Serverless::LayerVersion").values()
    assert {runtime for layer in layers for runtime in layer["CompatibleRuntimes"]} == {pinned}
