"""Costguard as it is deployed: a build, and what its functions need around them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import custodian
from benchmarks.builds import PRESENT, Build
from benchmarks.counting import CountingAws
from benchmarks.processes import HERE, Run, run
from local.paths import PROJECT

CLIENT = "Costguard"
SETTINGS = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "STACK": "bench",
    "MODE": "enforce",
    "SWEEP_EVERY": "rate(5 minutes)",
    "LEDGER_TABLE": "bench",
    "ALERTS_TOPIC_ARN": "arn:aws:sns:us-east-2:123456789012:alerts",
    "SUMMARY_TOPIC_ARN": "arn:aws:sns:us-east-2:123456789012:summary",
    "STOP_QUEUE_URL": "https://sqs.us-east-2.amazonaws.com/123456789012/stops",
    "TIMEZONE": "America/Chicago",
}
"""The environment of a function, as Lambda and the template's references set it."""
NOWHERE = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-2",
}
"""Fake credentials, for calls that never leave the process."""
_LOOKS = {
    "Notify": ("queue_messages", "NOTIFY_QUEUE_URL", "10"),
    "Enforce": ("queue_messages", "STOP_QUEUE_URL", "1"),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A table, two topics and the queues, as the template has them; no function listens.

    Somebody reads the summary topic: without a subscription it would not be a channel.
    """

    aws: CountingAws
    table: str
    alerts: str
    summary: str
    stops: str
    notices: str

    @property
    def env(self) -> dict[str, str]:
        """The environment of a function."""
        return {
            **self.aws.env,
            **SETTINGS,
            "LEDGER_TABLE": self.table,
            "ALERTS_TOPIC_ARN": self.alerts,
            "SUMMARY_TOPIC_ARN": self.summary,
            "STOP_QUEUE_URL": self.stops,
            "REPORT_BUCKET": self.table,
            "NOTIFY_QUEUE_URL": self.notices,
            "BENCH_NOW": self.aws.clock.now().isoformat(),
        }

    def waiting(self) -> int:
        """Count what waits in the stop queue."""
        asked = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.stops, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])


def stage(aws: CountingAws, name: str) -> Stage:
    """Create the table, topics and queues of the functions."""
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    sns = aws.client("sns")
    made = Stage(
        aws,
        name,
        alerts=sns.create_topic(Name=f"{name}-alerts")["TopicArn"],
        summary=sns.create_topic(Name=f"{name}-summary")["TopicArn"],
        stops=_queue(aws, f"{name}-stops"),
        notices=_queue(aws, f"{name}-notices"),
    )
    _subscribe(aws, made.alerts, made.notices)
    _subscribe(aws, made.summary, _queue(aws, f"{name}-reader"))
    return made


def _queue(aws: CountingAws, name: str) -> str:
    """Create a queue that takes what a topic sends."""
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    made = aws.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})
    return str(made["QueueUrl"])


def _subscribe(aws: CountingAws, topic: str, queue: str) -> None:
    asked = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    aws.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=asked["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )


def look(stage: Stage, function: str, *, policy: Path, build: Build = PRESENT) -> Run:
    """Sweep as of the account's time, or take what waits in the queue of a function."""
    name, *asked = _LOOKS.get(function) or ("sweep", stage.aws.clock.now().isoformat())
    return program(name, *asked, env=stage.env, policy=policy, function=function, build=build)


def program(
    name: str,
    *arguments: str,
    env: Mapping[str, str],
    function: str = "Watch",
    policy: Path | None,
    build: Build = PRESENT,
) -> Run:
    """Run one of `programs/` as Lambda would: the artifacts and the SDK on the path, nothing else.

    The SDK is the one that the build ships; where it ships none, the one in Custodian's
    environment, so that both have the same. What is compiled on the way is not kept: on AWS its
    place cannot be written to.
    """
    path = [*build.path(function, policy), custodian.SITE, HERE / "programs"]
    given = {"BENCH_PATH": json.dumps([str(p) for p in path])}
    return run(
        [custodian.PYTHON, "-I", "-S", "-B", HERE / "programs" / f"{name}.py", *arguments],
        {**build.variables(function), **env, **given},
    )


def policy(at: Path, text: str) -> Path:
    """Put a policy in the place of the policy layer."""
    layer = at / "costguard_policy"
    layer.mkdir(parents=True)
    (layer / "policy.toml").write_text(text, encoding="utf-8")
    return at


def event(name: str) -> dict[str, Any]:
    """Read one of the sample events."""
    found: dict[str, Any] = json.loads((PROJECT / "events" / f"{name}.json").read_text())
    return found
