"""Breaking one deployed guard, piece by piece, and reading what its alarms say of it."""

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
    """Name the alarms that ring."""
    return {name for name, state in states(guard).items() if state == "ALARM"}


def invoke_async(guard: Guard, function: str, event: Mapping[str, Any]) -> None:
    """Call a function and do not wait."""
    name = guard.outputs[f"{function}FunctionName"]
    asked = {"InvocationType": "Event", "Payload": json.dumps(event)}
    guard.aws.client("lambda").invoke(FunctionName=name, **asked)
    guard.aws.settle()


def tampering_notices(guard: Guard) -> list[str]:
    """Give what the admins have read of changes to the guard itself."""
    return guard.summaries("Somebody changed Costguard itself")


def deliver_call(guard: Guard, call: str, asked: Mapping[str, Any], address: str) -> None:
    """Deliver CloudTrail's event of a call (its name and source), made from an address."""
    name, source = call.split(" ")
    service = source.partition(".")[0]
    detail = {
        "eventName": name,
        "eventSource": source,
        "eventTime": "2026-11-23T09:00:00Z",
        "requestParameters": asked,
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
    """Disable schedules meanwhile."""
    scheduler, there = (
        guard.aws.client("scheduler"),
        physical_ids(guard, "AWS::Scheduler::Schedule"),
    )
    kept = {name: scheduler.get_schedule(Name=there[name]) for name in schedules}
    asked = {
        name: {key: found[key] for key in _SCHEDULED if key in found}
        for name, found in kept.items()
    }
    for given in asked.values():
        scheduler.update_schedule(**given | {"State": "DISABLED"})
    try:
        yield
    finally:
        for given in asked.values():
            scheduler.update_schedule(**given)


@contextmanager
def without_concurrency(guard: Guard, function: str) -> Iterator[None]:
    """Let a function run nowhere meanwhile."""
    functions, name = guard.aws.client("lambda"), guard.outputs[f"{function}FunctionName"]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def stop_queue_paused(guard: Guard) -> Iterator[None]:
    """Let nobody take from the stop queue meanwhile, as somebody with a heavy hand might."""
    functions, name = guard.aws.client("lambda"), guard.outputs["EnforceFunctionName"]
    [taking] = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=taking["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=taking["UUID"], Enabled=True)


@contextmanager
def without_policy(guard: Guard, *functions: str) -> Iterator[None]:
    """Take the policy's layer away from functions meanwhile."""
    there, policy = guard.aws.client("lambda"), physical_ids(guard, "AWS::Lambda::LayerVersion")
    [gone] = [arn for name, arn in policy.items() if name.startswith("PolicyLayer")]
    kept = {each: [layer["Arn"] for layer in guard.config(each)["Layers"]] for each in functions}
    for each, layers in kept.items():
        left = [arn for arn in layers if arn != gone]
        there.update_function_configuration(
            FunctionName=guard.outputs[f"{each}FunctionName"], Layers=left
        )
    try:
        yield
    finally:
        for each, layers in kept.items():
            there.update_function_configuration(
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
