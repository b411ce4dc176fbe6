"""The demo's stage: the local AWS with the stack on it, and what people do in the account."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.account import ACCOUNT, LocalAws
from local.jupyter.proxy import answering
from local.sagemaker.identity import Caller

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ml-sagemaker-use"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/train:1"
HOURS = 3600

type Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event on its way to the rules, with the real second it left SageMaker."""

    second: float
    event: Mapping[str, Any]


@dataclass
class Mail:
    """What has come out of the two topics and not been read yet."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)


class DemoEnvironment(LocalAws):
    """A local AWS that remembers when each event left, to measure how fast the guard answers."""

    delivered: list[Delivered]

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Note the real moment, then deliver."""
        self.delivered.append(Delivered(time.perf_counter(), event))
        super().deliver(event)

    def open(self) -> None:
        """Begin with nothing delivered."""
        self.delivered = []

    def listen(self, outputs: Mapping[str, str]) -> None:
        """Subscribe a queue to each topic, as an admin's tool would."""
        sqs, sns = self.client("sqs"), self.client("sns")
        self._queues = {}
        for topic in ("AlertsTopicArn", "SummaryTopicArn"):
            open_to_sns = {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [open_to_sns]})
            made = sqs.create_queue(QueueName=f"demo-{topic}", Attributes={"Policy": policy})
            url = made["QueueUrl"]
            asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            sns.subscribe(
                TopicArn=outputs[topic],
                Protocol="sqs",
                Endpoint=asked["Attributes"]["QueueArn"],
                Attributes={"RawMessageDelivery": "true"},
            )
            self._queues[topic] = (url, asked["Attributes"]["QueueArn"])
        self._sqs = sqs
        self.metrics = self.client("cloudwatch")

    def mail(self) -> Mail:
        """Read what the topics have said since the last look."""
        alerts = [json.loads(body) for body in self._receive("AlertsTopicArn")]
        return Mail(alerts, self._receive("SummaryTopicArn"))

    def _receive(self, topic: str) -> list[str]:
        (url, arn), bodies = self._queues[topic], []
        while self.holds(arn):
            found = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            for message in found.get("Messages", []):
                bodies.append(message["Body"])
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def does(self, person: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Let a person call SageMaker."""
        handle = person.lower().replace(" ", ".")
        caller = Caller.person(ACCOUNT, f"{handle}@example.org")
        return self.account.call(operation, parameters, caller=caller)

    def notebook(
        self, person: str, name: str, tags: Tags | None = None, type_: str = "ml.t3.medium"
    ) -> None:
        """Create a notebook instance, with or without tags, and work on it until told otherwise."""
        self.notebooks.backends[name] = self._at_work
        tagged = {"Tags": listed(tags)} if tags else {}
        self.does(
            person,
            "CreateNotebookInstance",
            NotebookInstanceName=name,
            InstanceType=type_,
            RoleArn=ROLE,
            **tagged,
        )

    def _at_work(self, path: str) -> tuple[int, str, bytes]:
        """Answer as the Jupyter Server of somebody who has just run a cell."""
        return answering([("idle", self.clock.now())])(path)

    def tag(self, person: str, name: str, tags: Tags) -> None:
        """Tag a notebook instance, as the notice says."""
        told = self.account.call("DescribeNotebookInstance", {"NotebookInstanceName": name})
        self.does(person, "AddTags", ResourceArn=told["NotebookInstanceArn"], Tags=listed(tags))

    def train(self, person: str, name: str, tags: Tags, type_: str, **more: Any) -> None:
        """Launch a training job."""
        self.does(
            person,
            "CreateTrainingJob",
            TrainingJobName=name,
            Tags=listed(tags),
            **definition(type_) | {"ResourceConfig": machines(type_)} | more,
        )

    def tune(self, person: str, name: str, tags: Tags, type_: str) -> None:
        """Launch a tuning job: four training jobs, two at a time."""
        self.does(
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
    """Ask for one instance."""
    return {"InstanceType": type_, "InstanceCount": 1, "VolumeSizeInGB": 30}


def listed(tags: Tags | None) -> list[dict[str, str]]:
    """Spell tags as the API wants them."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def seconds_to_stop(delivered: list[Delivered], stop: str, field_: str, name: str) -> float | None:
    """Measure from a job's first event to the Stop call that CloudTrail shows, in real seconds.

    None where no event of the running job was delivered: then the sweep has found it.
    """
    about = [d for d in delivered if name.lower() in json.dumps(d.event, default=str).lower()]
    first = next(
        (d.second for d in about if d.event["detail"].get("TrainingJobStatus") == "InProgress"),
        None,
    )
    call = next(
        (
            d.second
            for d in about
            if d.event["detail"].get("eventName") == stop
            and (d.event["detail"].get("requestParameters") or {}).get(field_) == name
        ),
        None,
    )
    return call - first if first is not None and call is not None else None
