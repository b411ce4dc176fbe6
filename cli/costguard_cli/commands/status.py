"""`costguard status`: does the guard work? Reads its stack, heartbeats, queues and alarms."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unwatched import DynamoDbUnwatched
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.app.admin_notices import UNASKED_MARK
from costguard.costs.prices import Prices
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard_cli.analysis.health import (
    Health,
    HealthCheck,
    admin_topic,
    alarm,
    dead_letters,
    heartbeat,
    heartbeat_interval,
    is_early,
    kernels_unasked,
    waiting,
)
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK, Stack, layers, policy_text, require_stack, sdk
from costguard_cli.aws.tolerant import TolerantReader
from costguard_cli.commands.finish import finish
from costguard_cli.options import AsJson, Local, Profile, Regions, StackName
from costguard_cli.views import status as status_view

_LOOKBACK = timedelta(days=14)
_RECENT = timedelta(hours=3)
_KERNELS_RECENT = timedelta(days=1)
_FINE_GRAIN, _COARSE_GRAIN = 60, 3600  # seconds; CloudWatch keeps minutes for 15 days
_QUEUES = {"StopQueueUrl": "stops", "ParkQueueUrl": "deletions", "NotifyQueueUrl": "notices"}


def status(
    *,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Show whether the guard works: exit code 0 if it does, 1 if not, 2 if that is unknown."""
    found = [health(session, stack) for session in sessions(profile, region or (), local=local)]
    well = attrgetter("works")
    finish(found, json=json, as_dict=status_view.as_dict, show=status_view.show, well=well)


def health(session: ReadOnlySession, name: str) -> Health:
    """Check one stack. Raises CannotRunError where there is none."""
    stack, reader = require_stack(session, name), TolerantReader()
    none, try_read = tuple[HealthCheck, ...](), reader.read
    table = Table(session.client("dynamodb"), stack.outputs["LedgerTableName"])

    def policy() -> Policy | None:
        return stack.limited(parse_policy(policy_text(session, stack)))

    return Health(
        region=session.region,
        stack=stack.name,
        now=session.now,
        functions=(
            *try_read("heartbeats", lambda: tuple(_heartbeats(session, stack)), none),
            *try_read("the ledger", lambda: tuple(_kernels(session, stack)), none),
        ),
        queues=try_read("queues", lambda: tuple(_queues(session, stack)), ()),
        alarms=try_read("alarms", lambda: tuple(_alarms(session, stack)), ()),
        versions=_versions(stack, try_read("layers", lambda: _layers(session, stack), {})),
        policy=try_read("the deployed policy", policy, None),
        unwatched=try_read("the ledger", DynamoDbUnwatched(table).last_unwatched, None),
        prices=try_read("the ledger", lambda: DynamoDbUsage(table).prices(session.now), Prices()),
        unseen=tuple(reader.unseen),
    )


def _heartbeats(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    """Check the heartbeats of all functions: recent ones by the minute, older ones by the hour."""
    beats: dict[str, list[datetime]] = {short: [] for short in stack.functions}
    for grain, since in ((_COARSE_GRAIN, _LOOKBACK), (_FINE_GRAIN, _RECENT)):
        for short, moments in _beats(session, stack, grain, session.now - since).items():
            beats[short] = moments or beats[short]
    for short, moments in beats.items():
        last = min(max(moments), session.now) if moments else None
        every = heartbeat_interval(short, stack.parameters)
        yield heartbeat(short, last, every, stack.changed, session.now)


def _kernels(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    """Check whether the way to the kernels of notebooks was closed lately."""
    table = Table(session.client("dynamodb"), stack.outputs["LedgerTableName"])
    refused = DynamoDbMarkers(table).last_time(UNASKED_MARK)
    if refused is not None and session.now - refused < _KERNELS_RECENT:
        yield kernels_unasked(refused, session.now)


def _beats(
    session: ReadOnlySession, stack: Stack, grain: int, since: datetime
) -> Mapping[str, list[datetime]]:
    """Return the ends of the periods in which a function succeeded, by Lambda's own metrics."""
    found: dict[str, dict[datetime, float]] = defaultdict(dict)
    queries = [
        _query(f"{metric.lower()}{place}", metric, name, grain)
        for place, name in enumerate(stack.functions.values())
        for metric in ("Invocations", "Errors")
    ]
    pages = session.client("cloudwatch").get_paginator("get_metric_data")
    until = session.now + timedelta(seconds=grain)
    for page in pages.paginate(MetricDataQueries=queries, StartTime=since, EndTime=until):
        for row in page["MetricDataResults"]:
            found[row["Id"]].update(zip(row["Timestamps"], row["Values"], strict=True))
    # a period's calls came before its end; the last one may not be over
    return {
        short: [
            moment + timedelta(seconds=grain)
            for moment, calls in found[f"invocations{place}"].items()
            if calls > found[f"errors{place}"].get(moment, 0)
        ]
        for place, short in enumerate(stack.functions)
    }


def _query(name: str, metric: str, function: str, grain: int) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": function}]
    asked = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": asked, "Period": grain, "Stat": "Sum"}}


def _queues(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    sqs, outputs = session.client("sqs"), stack.outputs

    def messages(url: str) -> int:
        name = "ApproximateNumberOfMessages"
        response = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(response["Attributes"][name])

    yield dead_letters(messages(outputs["DeadLetterQueueUrl"]))
    for output, name in _QUEUES.items():
        if output in outputs:
            yield waiting(name, messages(outputs[output]))
    yield from topic_readers(session, stack)


def topic_readers(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    """Check whether anybody reads the admins' topic."""
    if topic := stack.outputs.get("SummaryTopicArn"):
        found = session.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
        yield admin_topic(int(found.get("SubscriptionsConfirmed", "0")))


def _alarms(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    """Find the stack's alarms; CloudFormation has named them."""
    pages = session.client("cloudformation").get_paginator("list_stack_resources")
    rows = [r for p in pages.paginate(StackName=stack.name) for r in p["StackResourceSummaries"]]
    names = {
        row["PhysicalResourceId"]: row["LogicalResourceId"]
        for row in rows
        if row["ResourceType"] == "AWS::CloudWatch::Alarm"
    }
    if not names:
        return
    response = session.client("cloudwatch").describe_alarms(AlarmNames=list(names))
    for row in response["MetricAlarms"]:
        early = is_early(row, session.now - stack.created)
        yield alarm(names[row["AlarmName"]], row["StateValue"], early=early)


def _layers(session: ReadOnlySession, stack: Stack) -> dict[str, str]:
    """Return the version of each layer, and of the SDK."""
    arns = layers(session, stack)
    versions = {name: f"version {arn.rsplit(':', 1)[-1]}" for name, arn in arns.items()}
    return {**versions, "SDK": sdk(session, arns.values())}


def _versions(stack: Stack, layer_versions: Mapping[str, str]) -> dict[str, str]:
    """Return the versions of the stack, its layers, and its template where it has one."""
    output_versions = {
        key: value for key, value in stack.outputs.items() if key.endswith("Version")
    }
    return {
        "stack": f"{stack.status}, {stack.changed:%Y-%m-%d %H:%M} UTC",
        **layer_versions,
        **output_versions,
    }
