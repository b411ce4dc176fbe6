"""`costguard status`: a guard that works, one that does not, and one that cannot be read."""

from datetime import timedelta
from typing import Any

import pytest

from costguard_cli.analysis.health import (
    DAILY,
    SHORTEST,
    Health,
    HealthCheck,
    HealthState,
    admin_topic,
    alarm,
    dead_letters,
    heartbeat,
    heartbeat_interval,
    is_early,
    waiting,
)
from costguard_cli.aws.stack import sdk
from costguard_cli.commands.status import health
from tests.cli.command import fake_session
from tests.factories import at
from tests.integration.aws import refusal

NOW, LONG_AGO = at(48), at(-400)
OUTPUTS = {
    "LedgerTableName": "ledger",
    "DeadLetterQueueUrl": "https://sqs/dead",
    "StopQueueUrl": "https://sqs/stop",
    "SummaryTopicArn": "arn:aws:sns:us-east-2:123456789012:summary",
    "SweepFunctionName": "sweep",
    "WatchFunctionName": "watch",
    "TemplateVersion": "1.2.0",
}
STACK = {
    "StackName": "costguard",
    "StackStatus": "UPDATE_COMPLETE",
    "CreationTime": LONG_AGO,
    "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in OUTPUTS.items()],
    "Parameters": [{"ParameterKey": "Mode", "ParameterValue": "warn"}],
}
_LAYER = "arn:aws:lambda:us-east-2:123456789012:layer"
LAYERS = {
    f"{_LAYER}:PolicyLayer:7": "The policy that the admins edit",
    f"{_LAYER}:CoreLayer:3": "The costguard package, with botocore 1.2.3, msgspec 4.5.6",
}


@pytest.mark.parametrize(
    ("hours_ago", "every", "deployed", "expected"),
    [
        (0.05, SHORTEST, LONG_AGO, HealthState.FINE),
        (0.6, SHORTEST, LONG_AGO, HealthState.BROKEN),
        (30, None, LONG_AGO, HealthState.FINE),
        (None, None, LONG_AGO, HealthState.NOTE),
        (None, SHORTEST, LONG_AGO, HealthState.BROKEN),
        (None, DAILY, NOW - timedelta(hours=2), HealthState.NOTE),
        (-1, SHORTEST, LONG_AGO, HealthState.FINE),
    ],
)
def test_a_heart_that_stands_still_too_long_is_broken(
    hours_ago: float | None, every: timedelta | None, deployed: Any, expected: HealthState
) -> None:
    last = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    assert heartbeat("F", last, every, deployed, NOW).state is expected


@pytest.mark.parametrize(
    ("confirmed", "expected"), [(1, HealthState.FINE), (0, HealthState.BROKEN)]
)
def test_a_topic_that_nobody_reads_is_broken(confirmed: int, expected: HealthState) -> None:
    assert admin_topic(confirmed).state is expected


@pytest.mark.parametrize(
    ("function", "rate", "expected"),
    [
        ("Sweep", "rate(5 minutes)", SHORTEST),
        ("Sweep", "rate(1 hour)", timedelta(hours=3)),
        ("Sweep", "cron(0 * * * ? *)", SHORTEST),
        ("Report", "", DAILY),
        ("Watch", "", None),
    ],
)
def test_how_often_a_heart_beats(function: str, rate: str, expected: timedelta | None) -> None:
    assert heartbeat_interval(function, {"SweepEvery": rate}) == expected


def test_a_dead_letter_is_a_fault_and_a_waiting_one_is_not() -> None:
    assert [dead_letters(0).state, dead_letters(1).state] == [HealthState.FINE, HealthState.BROKEN]
    assert [waiting("stops", 0).state, waiting("stops", 3).state] == [
        HealthState.FINE,
        HealthState.NOTE,
    ]


@pytest.mark.parametrize(("hours", "said"), [(2, True), (30, False)])
def test_that_kernels_could_not_be_asked_lately_is_said_and_is_no_fault(
    hours: int, *, said: bool
) -> None:
    deployment = Deployment()
    moment = (NOW - timedelta(hours=hours)).isoformat()
    deployment.mark = {"pk": {"S": "note"}, "sk": {"S": "kernels-unasked"}, "time": {"S": moment}}
    found = deployment.health()
    texts = [check.text for check in found.functions]
    assert any("kernels could not be asked, last 2 h ago" in text for text in texts) == said
    assert found.works


def test_an_alarm_that_rings_is_a_fault() -> None:
    states = [alarm("A", word).state for word in ("OK", "ALARM", "INSUFFICIENT_DATA")]
    assert states == [HealthState.FINE, HealthState.BROKEN, HealthState.NOTE]


SILENCE = {"TreatMissingData": "breaching", "Period": 3600, "EvaluationPeriods": 26}


@pytest.mark.parametrize(
    ("row", "hours", "expected"),
    [
        (SILENCE, 1, HealthState.NOTE),
        (SILENCE, 27, HealthState.BROKEN),
        (SILENCE | {"Period": 120, "EvaluationPeriods": 5}, 1, HealthState.BROKEN),
        (SILENCE | {"TreatMissingData": "notBreaching"}, 1, HealthState.BROKEN),
        ({}, 0, HealthState.BROKEN),
    ],
)
def test_an_alarm_for_silence_is_no_fault_while_the_stack_is_younger_than_the_silence(
    row: dict[str, Any], hours: float, expected: HealthState
) -> None:
    assert alarm("A", "ALARM", early=is_early(row, timedelta(hours=hours))).state is expected


class Deployment:
    """Answers as AWS does for a stack; what it is told to refuse, it refuses."""

    def __init__(
        self,
        *,
        refused: str = "",
        called: bool = True,
        beat: bool = True,
        letters: int = 0,
        age: float = 448,
    ) -> None:
        self.refused, self.called, self.beat, self.letters = refused, called, beat, letters
        self.readers = 1
        self.created = NOW - timedelta(hours=age)
        self.alarms: list[dict[str, Any]] = [{"AlarmName": "a-1", "StateValue": "OK"}]
        self.mark: dict[str, Any] = {}  # when kernels could not be asked

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == self.refused:
            raise refusal("AccessDeniedException")
        if operation == "GetItem":
            return {"Item": self.mark} if self.mark else {}
        if operation == "Query":
            return {"Items": []}
        number = self.letters if "dead" in asked.get("QueueUrl", "") else 0
        answers: dict[str, dict[str, Any]] = {
            "DescribeStacks": {"Stacks": [STACK | {"CreationTime": self.created}]},
            "ListStackResources": {"StackResourceSummaries": [self.alarm()]},
            "DescribeAlarms": {"MetricAlarms": self.alarms},
            "GetQueueAttributes": {"Attributes": {"ApproximateNumberOfMessages": str(number)}},
            "GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": str(self.readers)}},
            "GetFunctionConfiguration": {"Layers": [{"Arn": arn} for arn in LAYERS]},
            "GetLayerVersionByArn": {
                "Description": LAYERS.get(asked.get("Arn", ""), ""),
                "Content": {"CodeSize": 2**30},  # too much for a policy
            },
        }
        return answers.get(operation) or {"MetricDataResults": list(self.beats(asked))}

    def alarm(self) -> dict[str, Any]:
        return {
            "LogicalResourceId": "NoSweep",
            "PhysicalResourceId": "a-1",
            "ResourceType": "AWS::CloudWatch::Alarm",
            "LastUpdatedTimestamp": LONG_AGO,
            "ResourceStatus": "CREATE_COMPLETE",
        }

    def beats(self, asked: dict[str, Any]) -> Any:
        for query in asked["MetricDataQueries"]:
            near = query["MetricStat"]["Period"] == 60
            failed = query["MetricStat"]["Metric"]["MetricName"] == "Errors"
            times = [NOW - timedelta(minutes=3)] if self.called and near else []
            number = 0.0 if failed and self.beat else 1.0
            yield {"Id": query["Id"], "Timestamps": times, "Values": [number] * len(times)}

    def health(self) -> Health:
        services = ("cloudformation", "cloudwatch", "sqs", "sns", "lambda", "dynamodb")
        return health(fake_session(dict.fromkeys(services, self.answer), NOW), "costguard")


def says(found: tuple[HealthCheck, ...]) -> dict[str, str]:
    return {sign.name: sign.text for sign in found}


def test_a_guard_whose_heart_beats_works() -> None:
    found = Deployment().health()
    assert found.works
    assert says(found.functions)["Sweep"] == "last heartbeat 2 min ago"
    assert (found.versions["TemplateVersion"], says(found.alarms)) == ("1.2.0", {"NoSweep": "ok"})


def test_the_sdk_that_runs_is_named_by_the_layer_that_ships_it() -> None:
    versions = Deployment().health().versions
    assert versions["CoreLayer"] == "version 3"
    assert versions["SDK"] == "botocore 1.2.3, msgspec 4.5.6"


def test_without_such_a_layer_the_sdk_is_said_to_be_lambdas_own() -> None:
    policy_alone = [*LAYERS][:1]
    answer = Deployment().answer
    assert sdk(fake_session({"lambda": answer}, NOW), policy_alone).startswith("Lambda's own")


def test_a_guard_that_was_deployed_an_hour_ago_works_before_its_first_report() -> None:
    new = Deployment(age=1)
    new.alarms = [{"AlarmName": "a-1", "StateValue": "ALARM", **SILENCE}]
    assert new.health().works
    assert says(new.health().alarms) == {"NoSweep": "no data yet; the stack is new"}
    new.created = LONG_AGO
    assert not new.health().works


def test_a_guard_without_a_heartbeat_does_not_work() -> None:
    assert not Deployment(called=False).health().works


def test_a_guard_that_is_called_and_only_fails_has_no_heartbeat() -> None:
    failing = Deployment(beat=False).health()
    assert not failing.works
    assert says(failing.functions) == says(Deployment(called=False).health().functions)


def test_a_guard_with_dead_letters_does_not_work() -> None:
    found = Deployment(letters=2).health()
    assert (found.works, says(found.queues)["dead letters"]) == (
        False,
        "2 that failed after all retries",
    )


def test_a_guard_whose_admins_read_nothing_does_not_work() -> None:
    deployment = Deployment()
    deployment.readers = 0
    found = deployment.health()
    assert not found.works
    assert says(found.queues)["admins' topic"].startswith("no subscription is confirmed")


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("GetMetricData", "heartbeats"),
        ("GetQueueAttributes", "queues"),
        ("ListStackResources", "alarms"),
        ("GetFunctionConfiguration", "the deployed policy"),
    ],
)
def test_what_may_not_be_seen_is_said(call: str, what: str) -> None:
    found = Deployment(refused=call).health()
    assert f"{what}: denied" in found.unseen
