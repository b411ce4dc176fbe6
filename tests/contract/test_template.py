"""What template.yaml promises to those who build on it."""

import re
from typing import Any

import pytest

from costguard.aws.metrics import NAMESPACE
from costguard.errors import SettingsInvalid
from costguard.events import CLOUDTRAIL
from costguard.kinds import KINDS
from costguard.policy import Mode
from costguard.settings import Settings
from tests.contract.template import FUNCTIONS, RESOURCES, TEMPLATE, TEXT, of_type, target

OUTPUTS = {
    "AlertsTopicArn": "AWS::SNS::Topic",
    "SummaryTopicArn": "AWS::SNS::Topic",
    "LedgerTableName": "AWS::DynamoDB::Table",
    "StopQueueUrl": "AWS::SQS::Queue",
    "DeadLetterQueueUrl": "AWS::SQS::Queue",
    **{f"{name}FunctionName": "AWS::Serverless::Function" for name in FUNCTIONS},
}
EVENTS = [
    (function, name, event)
    for function, properties in FUNCTIONS.items()
    for name, event in properties.get("Events", {}).items()
]
FOURTEEN_DAYS = 14 * 24 * 3600


def properties(name: str) -> dict[str, Any]:
    return dict(RESOURCES[name]["Properties"])


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_output_names_what_it_says(output: str) -> None:
    named = target(TEMPLATE["Outputs"][output]["Value"])
    assert RESOURCES[named]["Type"] == OUTPUTS[output]


def test_the_outputs_point_at_different_things() -> None:
    named = [target(output["Value"]) for output in TEMPLATE["Outputs"].values()]
    assert len(set(named)) == len(named)


def test_a_first_deployment_only_observes_and_the_modes_are_the_policys() -> None:
    mode = TEMPLATE["Parameters"]["Mode"]
    assert mode["Default"] == "observe"
    assert mode["AllowedValues"] == [each.value for each in Mode]


def test_every_parameter_has_a_default_and_says_what_it_is_for() -> None:
    for parameter in TEMPLATE["Parameters"].values():
        assert parameter.keys() >= {"Default", "Description"}


def test_what_fails_for_good_is_kept_for_fourteen_days() -> None:
    assert properties("DeadLetterQueue")["MessageRetentionPeriod"] == FOURTEEN_DAYS
    redrive = properties("StopQueue")["RedrivePolicy"]
    assert target(redrive["deadLetterTargetArn"]) == "DeadLetterQueue"


@pytest.mark.parametrize("queue", of_type("AWS::SQS::Queue"))
def test_a_queue_is_encrypted(queue: str) -> None:
    assert properties(queue)["SqsManagedSseEnabled"] is True


def test_a_stop_reference_stays_hidden_while_enforce_works_on_it() -> None:
    assert properties("StopQueue")["VisibilityTimeout"] > properties("Enforce")["Timeout"]


def test_the_ledger_is_encrypted_backed_up_outlives_the_stack_and_forgets_what_may_expire() -> None:
    ledger = properties("Ledger")
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["SSESpecification"] == {"SSEEnabled": True}
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert RESOURCES["Ledger"]["DeletionPolicy"] == "Retain"
    assert RESOURCES["Ledger"]["UpdateReplacePolicy"] == "Retain"
    assert [key["AttributeName"] for key in ledger["KeySchema"]] == ["pk", "sk"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_a_group_of_its_own_that_forgets(function: str) -> None:
    logs = properties(function)["LoggingConfig"]["LogGroup"]
    assert target(logs) == f"{function}Logs"
    assert target(properties(target(logs))["RetentionInDays"]) == "LogRetentionDays"


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


def test_eventbridge_may_write_to_the_dead_letter_queue() -> None:
    policy = properties("DeadLetterQueuePolicy")
    assert [target(queue) for queue in policy["Queues"]] == ["DeadLetterQueue"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}


def test_every_kind_is_heard_of() -> None:
    events = {name: event["Properties"] for _, name, event in EVENTS}
    changes = events["StateChange"]["Pattern"]["detail-type"]
    assert changes == [kind.detail_type for kind in KINDS.values()]
    calls = events["Call"]["Pattern"]
    created = [f"Create{kind.prefix}" for kind in KINDS.values()]
    assert calls["detail-type"] == [CLOUDTRAIL]
    assert calls["detail"]["eventName"] == ["AddTags", "DeleteTags", *created]


def test_two_stacks_fit_into_one_account() -> None:
    schedules = [e["Properties"] for _, _, e in EVENTS if e["Type"] == "ScheduleV2"]
    assert schedules
    assert all(schedule["OmitName"] is True for schedule in schedules)
    names = ("FunctionName", "QueueName", "TableName", "TopicName", "LogGroupName", "AlarmName")
    given = [(n, key) for n, r in RESOURCES.items() for key in names if key in r["Properties"]]
    assert given == []


def test_the_functions_get_the_environment_they_read_and_nothing_for_tests() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.read({})
    read = {problem.partition(":")[0] for problem in caught.value.problems}
    given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert given.keys() == read - {"AWS_LAMBDA_FUNCTION_NAME"}
    assert not [name for name, each in FUNCTIONS.items() if "Environment" in each]
    assert not re.search(
        r"endpoint_url|localhost|127\.0\.0\.1|ministack|\btest", TEXT, re.IGNORECASE
    )


def test_no_partition_region_or_account_is_written_out() -> None:
    assert not re.search(r"arn:aws[\w-]*:|\b[a-z]{2}-[a-z]+-\d\b|\b\d{12}\b", TEXT)


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_reaches_people_and_watches_something_that_is_there(alarm: str) -> None:
    given = properties(alarm)
    assert [target(action) for action in given["AlarmActions"]] == ["SummaryTopic"]
    assert given["Namespace"] in ("AWS/SQS", NAMESPACE)
    watched = [target(each["Value"]) for each in given["Dimensions"]]
    assert set(watched) <= {*RESOURCES, "AWS::StackName"}
    assert len(given["AlarmDescription"]) > 80  # says what to do


def test_functions_run_on_the_python_that_is_pinned() -> None:
    pinned = TEMPLATE["Globals"]["Function"]["Runtime"]
    layers = of_type("AWS::Serverless::LayerVersion").values()
    assert {runtime for layer in layers for runtime in layer["CompatibleRuntimes"]} == {pinned}
