"""Break a deployed guard, piece by piece, and read its alarms."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from costguard.resources.events import CLOUDTRAIL
from local.account import ACCOUNT
from tests.local.guard import Guard


def physical_ids(guard: Guard, kind: str) -> dict[str, str]:
    """Map logical to physical ids of the stack's resources of a type."""
    found = guard.aws.client("cloudformation").describe_stack_resources(StackName="costguard")
    rows = found["StackResources"]
    return {
        row["LogicalResourceId"]: row["PhysicalResourceId"]
        for row in rows
        if row["ResourceType"] == kind
    }


def states(guard: Guard) -> dict[str, str]:
    """Read the state of every alarm of the stack, by its logical id."""
    guard.aws.settle()
    names = {name: own for own, name in physical_ids(guard, "AWS::CloudWatch::Alarm").items()}
    found = guard.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {names[a["AlarmName"]]: a["StateValue"] for a in found if a["AlarmName"] in names}


def alarms_raised(guard: Guard) -> set[str]:
    """Return the alarms in state ALARM."""
    return {name for name, state in states(guard).items() if state == "ALARM"}


def invoke_async(guard: Guard, function: str, event: Mapping[str, Any]) -> None:
    """Invoke a function asynchronously."""
    name = guard.outputs[f"{function}FunctionName"]
    arguments = {"InvocationType": "Event", "Payload": json.dumps(event)}
    guard.aws.client("lambda").invoke(FunctionName=name, **arguments)
    guard.aws.settle()


def tampering_notices(guard: Guard) -> list[str]:
    """Return the notices to the admins about changes to the guard itself."""
    return guard.summaries("Somebody changed Costguard itself")


def deliver_call(guard: Guard, call: str, parameters: Mapping[str, Any], address: str) -> None:
    """Deliver CloudTrail's event of a call (its name and source), made from an address."""
    name, source = call.split(" ")
    service = source.partition(".")[0]
    detail = {
        "eventName": name,
        "eventSource": source,
        "eventTime": "2026-11-23T09:00:00Z",
        "requestParameters": parameters,
        "sourceIPAddress": address,
        "userIdentity": {"arn": f"arn:aws:iam::{ACCOUNT}:user/jane"},
    }
    envelope = {"detail-type": CLOUDTRAIL, "source": f"aws.{service}", "detail": detail}
    place = {"account": ACCOUNT, "region": guard.aws.region, "resources": []}
    moment = guard.aws.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    guard.aws.deliver(envelope | place | {"id": f"call-{name}", "time": moment})
    guard.aws.settle()


@contextmanager
def schedules_disabled(guard: Guard, *schedules: str) -> Iterator[None]:
    """Disable schedules inside the block."""
    scheduler, ids = (
        guard.aws.client("scheduler"),
        physical_ids(guard, "AWS::Scheduler::Schedule"),
    )
    schedules_before = {name: scheduler.get_schedule(Name=ids[name]) for name in schedules}
    updates = {
        name: {key: found[key] for key in _SCHEDULED if key in found}
        for name, found in schedules_before.items()
    }
    for update in updates.values():
        scheduler.update_schedule(**update | {"State": "DISABLED"})
    try:
        yield
    finally:
        for update in updates.values():
            scheduler.update_schedule(**update)


@contextmanager
def without_concurrency(guard: Guard, function: str) -> Iterator[None]:
    """Set a function's concurrency to zero inside the block."""
    functions, name = guard.aws.client("lambda"), guard.outputs[f"{function}FunctionName"]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def queue_paused(guard: Guard, function: str) -> Iterator[None]:
    """Disable the event source mapping of a function inside the block."""
    functions, name = guard.aws.client("lambda"), guard.outputs[f"{function}FunctionName"]
    [mapping] = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def without_policy(guard: Guard, *functions: str) -> Iterator[None]:
    """Remove the policy's layer from functions inside the block."""
    client, policy = guard.aws.client("lambda"), physical_ids(guard, "AWS::Lambda::LayerVersion")
    [policy_arn] = [arn for name, arn in policy.items() if name.startswith("PolicyLayer")]
    kept = {each: [layer["Arn"] for layer in guard.config(each)["Layers"]] for each in functions}
    for each, layers in kept.items():
        others = [arn for arn in layers if arn != policy_arn]
        client.update_function_configuration(
            FunctionName=guard.outputs[f"{each}FunctionName"], Layers=others
        )
    try:
        yield
    finally:
        for each, layers in kept.items():
            client.update_function_configuration(
                FunctionName=guard.outputs[f"{each}FunctionName"], Layers=layers
            )


_SCHEDULED = (
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "Target",
    "State",
)


@contextmanager
def unsubscribed(guard: Guard) -> Iterator[None]:
    """Take the notify queue's subscription to the alerts topic away inside the block."""
    sns, topic = guard.aws.client("sns"), guard.outputs["AlertsTopicArn"]
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    ours = physical_ids(guard, "AWS::SNS::Subscription")["NoticesToNotify"]
    [gone] = [each for each in found if each["SubscriptionArn"] == ours]
    sns.unsubscribe(SubscriptionArn=gone["SubscriptionArn"])
    try:
        yield
    finally:
        sns.subscribe(
            TopicArn=topic,
            Protocol=gone["Protocol"],
            Endpoint=gone["Endpoint"],
            Attributes={"RawMessageDelivery": "true"},
        )


@contextmanager
def without_grant(guard: Guard, role: str, sid: str) -> Iterator[None]:
    """Take one statement away from a role of the stack inside the block."""
    iam, name = guard.aws.client("iam"), physical_ids(guard, "AWS::IAM::Role")[role]
    kept = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    for policy, document in kept.items():
        left = [each for each in document["Statement"] if each["Sid"] != sid]
        if not left:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        elif len(left) < len(document["Statement"]):
            _put(iam, name, policy, document | {"Statement": left})
    try:
        yield
    finally:
        for policy, document in kept.items():
            _put(iam, name, policy, document)


def _put(iam: Any, role: str, policy: str, document: Mapping[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
