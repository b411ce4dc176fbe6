"""Every part of the stack is behind the guardrail, named as CloudFormation names it."""

import pytest

from costguard.policy.loader import parse_policy
from costguard_cli.guardrail.packing import Format
from tests.contract.template import EVERYTHING, RESOURCES
from tests.iam import PolicySimulator

PLACE = "us-east-2:123456789012"
UNMAKE = {  # what would end or blind it, and where
    "AWS::CloudWatch::Alarm": ("cloudwatch:DeleteAlarms", f"cloudwatch:{PLACE}:alarm:"),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch:DeleteAlarms", f"cloudwatch:{PLACE}:alarm:"),
    "AWS::Scheduler::Schedule": (
        "scheduler:DeleteSchedule",
        f"scheduler:{PLACE}:schedule/default/",
    ),
    "AWS::StepFunctions::StateMachine": (
        "states:UpdateStateMachine",
        f"states:{PLACE}:stateMachine:",
    ),
    "AWS::DynamoDB::Table": ("dynamodb:DeleteTable", f"dynamodb:{PLACE}:table/"),
    "AWS::Events::Rule": ("events:DisableRule", f"events:{PLACE}:rule/"),
    "AWS::IAM::ManagedPolicy": ("iam:CreatePolicyVersion", "iam::123456789012:policy/"),
    "AWS::Lambda::Url": ("lambda:UpdateFunctionUrlConfig", f"lambda:{PLACE}:function:"),
    "AWS::IAM::Role": ("iam:PutRolePolicy", "iam::123456789012:role/"),
    "AWS::Logs::LogGroup": ("logs:DeleteLogGroup", f"logs:{PLACE}:log-group:"),
    "AWS::S3::Bucket": ("s3:DeleteBucket", "s3:::"),
    "AWS::SNS::Topic": ("sns:SetTopicAttributes", f"sns:{PLACE}:"),
    "AWS::SQS::Queue": ("sqs:SetQueueAttributes", f"sqs:{PLACE}:"),
    "AWS::Serverless::Function": ("lambda:UpdateFunctionCode", f"lambda:{PLACE}:function:"),
    "AWS::Lambda::Permission": ("lambda:RemovePermission", f"lambda:{PLACE}:function:"),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": (
        "sagemaker:UpdateNotebookInstanceLifecycleConfig",
        f"sagemaker:{PLACE}:notebook-instance-lifecycle-config/",
    ),
}
EVENTS = {
    "EventBridgeRule": ("events:DisableRule", f"events:{PLACE}:rule/"),
    "ScheduleV2": ("scheduler:DeleteSchedule", f"scheduler:{PLACE}:schedule/default/"),
}
PARTS = {
    *("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"),  # of the others
    "AWS::SNS::Subscription",  # of a topic
    "AWS::Serverless::LayerVersion",  # a function takes another only by an update
    "AWS::CloudWatch::Dashboard",  # shows, and guards nothing
    "AWS::KMS::Key",  # has no name to be found by: docs/guardrail.md says so
}
NAMED = {name: each["Type"] for name, each in RESOURCES.items() if each["Type"] not in PARTS}
MADE = {
    f"{function}{name}": event["Type"]
    for function, properties in EVERYTHING.functions.items()
    for name, event in properties.get("Events", {}).items()
    if event["Type"] != "SQS"  # an event source mapping: tests/cli/test_guardrail.py
}


@pytest.fixture(scope="module")
def simulator() -> PolicySimulator:
    return PolicySimulator.of(
        parse_policy("[rules]"), Format.SCP, admins=("arn:aws:iam::*:role/Admin",)
    )


@pytest.mark.parametrize("name", NAMED)
def test_a_student_cannot_unmake_it(simulator: PolicySimulator, name: str) -> None:
    action, where = UNMAKE[NAMED[name]]
    called = f"costguard-{name}-1A2B3C"
    assert not simulator.allows(
        action, f"arn:aws:{where}{called.lower() if 's3' in action else called}"
    )


def test_a_student_answers_by_the_url_and_calls_no_function(simulator: PolicySimulator) -> None:
    respond = f"arn:aws:lambda:{PLACE}:function:costguard-Respond-1A2B3C"
    assert simulator.allows("lambda:InvokeFunctionUrl", respond)
    by_the_url = {"lambda:invokedviafunctionurl": "true"}
    assert simulator.allows("lambda:InvokeFunction", respond, **by_the_url)
    assert not simulator.allows("lambda:InvokeFunction", respond)


@pytest.mark.parametrize("name", MADE)
def test_a_student_cannot_switch_it_off(simulator: PolicySimulator, name: str) -> None:
    action, where = EVENTS[MADE[name]]
    assert not simulator.allows(action, f"arn:aws:{where}costguard-{name}-1A2B3C")


@pytest.mark.parametrize("function", EVERYTHING.functions)
def test_a_student_cannot_act_as_it(simulator: PolicySimulator, function: str) -> None:
    for action in ("iam:PassRole", "iam:PutRolePolicy", "sts:AssumeRole"):
        assert not simulator.allows(
            action, f"arn:aws:iam::123456789012:role/costguard-{function}Role-1A"
        )
