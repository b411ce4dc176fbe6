"""The demo's environment: the local AWS with the stack, and the users' calls."""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.account import ACCOUNT, LocalAws
from local.clock import Clock
from local.jupyter.proxy import SimulatedJupyter, SimulatedKernel
from local.sagemaker.identity import Caller

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ml-sagemaker-use"
BUILT_IN_RULES = "915447279597.dkr.ecr.us-east-2.amazonaws.com/sagemaker-debugger-rules:latest"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/train:1"
HOURS = 3600

type Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeliveredEvent:
    """An event delivered to the rules, with the real second of its delivery."""

    second: float
    event: Mapping[str, Any]


@dataclass
class TopicMessages:
    """New messages of the two topics."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _AtWork:
    """Responds as a Jupyter Server in which a cell has just run."""

    clock: Clock

    def __call__(self, path: str) -> tuple[int, str, bytes]:
        """Answer a GET."""
        return self._now()(path)

    def take(self, client: socket.socket, request: bytes, path: str) -> None:
        """Answer questions: another cell has run every minute."""
        self._now().take(client, request, path)

    def _now(self) -> SimulatedJupyter:
        now = self.clock.now()
        cells = int(now.timestamp() // 60)
        return SimulatedJupyter([SimulatedKernel("idle", now, executions=cells)], (), {})


class DemoEnvironment(LocalAws):
    """A local AWS that records when each event was delivered, to measure the guard's latency."""

    delivered: list[DeliveredEvent]

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Record the real time, then deliver."""
        self.delivered.append(DeliveredEvent(time.perf_counter(), event))
        super().deliver(event)

    def open(self) -> None:
        """Start with no delivered events."""
        self.delivered = []
        self._ledger = ""

    def subscribe(self, outputs: Mapping[str, str]) -> None:
        """Subscribe a queue to each topic."""
        sqs, sns = self.client("sqs"), self.client("sns")
        self._queues = {}
        for topic in ("AlertsTopicArn", "SummaryTopicArn"):
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            made = sqs.create_queue(QueueName=f"demo-{topic}", Attributes={"Policy": policy})
            url = made["QueueUrl"]
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            sns.subscribe(
                TopicArn=outputs[topic],
                Protocol="sqs",
                Endpoint=attributes["Attributes"]["QueueArn"],
                Attributes={"RawMessageDelivery": "true"},
            )
            self._queues[topic] = (url, attributes["Attributes"]["QueueArn"])
        self._sqs = sqs
        self._ledger = outputs["LedgerTableName"]
        self.metrics = self.client("cloudwatch")

    def read_topics(self) -> TopicMessages:
        """Read the new messages of both topics."""
        alerts = [json.loads(body) for body in self._receive("AlertsTopicArn")]
        return TopicMessages(alerts, self._receive("SummaryTopicArn"))

    def _receive(self, topic: str) -> list[str]:
        (url, arn), bodies = self._queues[topic], []
        while self.has_message(arn):
            found = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            for message in found.get("Messages", []):
                bodies.append(message["Body"])
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def call_as(self, person: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Call SageMaker as a person."""
        handle = person.lower().replace(" ", ".")
        caller = Caller.person(ACCOUNT, f"{handle}@example.org")
        return self.account.call(operation, parameters, caller=caller)

    def notebook(
        self, person: str, name: str, tags: Tags | None = None, type_: str = "ml.t3.medium"
    ) -> None:
        """Create a notebook instance, with or without tags; it is busy until changed."""
        self.notebooks.backends[name] = _AtWork(self.clock)
        tagged = {"Tags": listed(tags)} if tags else {}
        self.call_as(
            person,
            "CreateNotebookInstance",
            NotebookInstanceName=name,
            InstanceType=type_,
            RoleArn=ROLE,
            **tagged,
        )

    def spared(self, name: str) -> str:
        """Say by what a notebook was seen to work, as the guard's ledger has it."""
        key = {"pk": {"S": "work"}, "sk": {"S": f"notebook-instance/{name.lower()}"}}
        row = self.client("dynamodb").get_item(TableName=self._ledger, Key=key).get("Item", {})
        work = json.loads(row["work"]["S"]) if row else {}
        return f"{name} is spared: {work.get('says', 'nothing was seen')}"

    def tag(self, person: str, name: str, tags: Tags) -> None:
        """Tag a notebook instance, as the notice says."""
        described = self.account.call("DescribeNotebookInstance", {"NotebookInstanceName": name})
        self.call_as(
            person, "AddTags", ResourceArn=described["NotebookInstanceArn"], Tags=listed(tags)
        )

    def train(self, person: str, name: str, tags: Tags, type_: str, **more: Any) -> None:
        """Launch a training job."""
        self.call_as(
            person,
            "CreateTrainingJob",
            TrainingJobName=name,
            Tags=listed(tags),
            **definition(type_) | {"ResourceConfig": machines(type_)} | more,
        )

    def tune(self, person: str, name: str, tags: Tags, type_: str) -> None:
        """Launch a tuning job: four training jobs, two at a time."""
        self.call_as(
            person,
            "CreateHyperParameterTuningJob",
            HyperParameterTuningJobName=name,
            Tags=listed(tags),
            HyperParameterTuningJobConfig={
                "Strategy": "Bayesian",
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            },
            TrainingJobDefinition=definition(type_),
        )


def definition(type_: str) -> dict[str, Any]:
    """Describe the training itself."""
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://workshop/models"},
        "ResourceConfig": machines(type_),
        "StoppingCondition": {"MaxRuntimeInSeconds": 2 * HOURS},
    }


def machines(type_: str) -> dict[str, Any]:
    """Return a configuration of one instance."""
    return {"InstanceType": type_, "InstanceCount": 1, "VolumeSizeInGB": 30}


def listed(tags: Tags | None) -> list[dict[str, str]]:
    """Return tags in the API's format."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def seconds_to_stop(
    delivered: list[DeliveredEvent], stop: str, field_: str, name: str
) -> float | None:
    """Measure from a job's first event to the Stop call that CloudTrail shows, in real seconds.

    None where no event of the running job was delivered: then the sweep has found it.
    """
    matching = [d for d in delivered if name.lower() in json.dumps(d.event, default=str).lower()]
    first = next(
        (d.second for d in matching if d.event["detail"].get("TrainingJobStatus") == "InProgress"),
        None,
    )
    call = next(
        (
            d.second
            for d in matching
            if d.event["detail"].get("eventName") == stop
            and (d.event["detail"].get("requestParameters") or {}).get(field_) == name
        ),
        None,
    )
    return call - first if first is not None and call is not None else None
