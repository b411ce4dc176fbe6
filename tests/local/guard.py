"""The real template on the local AWS, with its notices, stops, rows, logs and metrics."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from botocore import xform_name

from local import sam
from local.account import utc
from local.demo.environment import DemoEnvironment, listed
from local.sagemaker.event_delivery import Faults
from tests.local.sagemaker_cases import JOBS, notebook

START = utc(2026, 11, 23, 9)
POLICY = Path(__file__).parent / "guard.toml"
SWEEP = timedelta(minutes=10)
TAGS = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "Workshop"}
COMPLETE = TAGS | {"ModelSize": "small"}
NOTEBOOK = "NotebookInstance"
_MAKE = {NOTEBOOK: notebook, **JOBS}

type Notice = dict[str, Any]
type Event = dict[str, Any]


class Guard:
    """One deployment, with the account's root user as everybody."""

    def __init__(self, aws: DemoEnvironment, root: Path) -> None:
        self.aws = aws
        self.root = root
        self.account = aws.account
        self.sagemaker = aws.client("sagemaker")
        self._deployed: tuple[str, dict[str, str]] = ("", {})
        self._alerts: list[Notice] = []
        self._summaries: list[str] = []

    def deploy(self, mode: str = "enforce", **given: str) -> None:
        """Deploy, or deploy again where the Mode or a parameter is another."""
        if (mode, given) == self._deployed:
            return
        self._deployed = (mode, given)
        parameters = {"Mode": mode, "SweepEvery": f"rate({SWEEP.seconds // 60} minutes)"}
        self.outputs = sam.deploy(self.aws, root=self.root, parameters=parameters | given)

    def create(
        self, prefix: str, name: str, tags: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        """Create a notebook or launch a job; `prefix` is the SDK's word for the kind."""
        request = _MAKE[prefix](name, Tags=listed(tags) if tags else None, **more)
        parameters = {field: value for field, value in request.items() if value is not None}
        getattr(self.sagemaker, xform_name(f"Create{prefix}"))(**parameters)
        self.aws.settle()

    def open(self, name: str, tags: Mapping[str, str] | None = None, **more: Any) -> None:
        """Create a notebook and wait until it is in service."""
        self.create(NOTEBOOK, name, tags, **more)
        self.wait(minutes=4)

    def tag(self, name: str, tags: Mapping[str, str]) -> None:
        """Tag a notebook."""
        arn = self.describe(NOTEBOOK, name)["NotebookInstanceArn"]
        self.sagemaker.add_tags(ResourceArn=arn, Tags=listed(tags))
        self.aws.settle()

    def wait(self, **span: float) -> None:
        """Let time pass, and all that falls due in it come to rest."""
        self.aws.settle()
        self.aws.clock.advance(timedelta(**span))
        self.aws.settle()

    def next_sweep(self) -> None:
        """Let time pass until the next sweep has been."""
        self.wait(seconds=(SWEEP - (self.aws.clock.now() - START) % SWEEP).total_seconds())

    @contextmanager
    def losing_events(self) -> Iterator[None]:
        """Lose every event inside the block."""
        self.account.faults = Faults(lose=1.0)
        try:
            yield
        finally:
            self.aws.settle()
            self.account.faults = Faults()

    def notices_about(self, name: str) -> list[Notice]:
        """Return every notice about a resource, oldest first."""
        self._read()
        return [n for n in self._alerts if name in _about(n)]

    def stages_of(self, name: str) -> list[str]:
        """Return the stages of every notice about a resource, oldest first."""
        return [notice["stage"] for notice in self.notices_about(name)]

    def summaries(self, about: str = "") -> list[str]:
        """Return the messages of the summary topic that contain a text."""
        self._read()
        return [text for text in self._summaries if about in text]

    def stops(self, name: str, verb: str = "Stop") -> list[str]:
        """Give the Stop calls that name a resource, refused ones included, in order."""
        calls = [e["detail"] for e in self.account.events if "eventName" in e["detail"]]
        named = [c for c in calls if name in (c.get("requestParameters") or {}).values()]
        return [c["eventName"] for c in named if c["eventName"].startswith(verb)]

    def describe(self, prefix: str, name: str) -> dict[str, Any]:
        """Ask SageMaker."""
        ask = getattr(self.sagemaker, xform_name(f"Describe{prefix}"))
        found: dict[str, Any] = ask(**{f"{prefix}Name": name})
        return found

    def status(self, prefix: str, name: str) -> str:
        """Say what Describe says the status is."""
        return str(self.describe(prefix, name)[f"{prefix}Status"])

    def changes(self, name: str) -> list[Event]:
        """Give the events of a resource's changes of state, lost ones included, in order."""
        return [e for e in self.account.events if name.lower() in "".join(e["resources"])]

    def redeliver(self, *events: Event) -> None:
        """Deliver events all at once, then wait."""
        for event in events:
            self.aws.deliver(event)
        self.aws.settle()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Give what the ledger holds against a resource: its case, and what was done about it."""
        found = self.aws.client("dynamodb").scan(TableName=self.outputs["LedgerTableName"])
        relevant = [row for row in found["Items"] if row["pk"]["S"].startswith(("case", "audit"))]
        return [row for row in relevant if name.lower() in row["sk"]["S"]]

    def dead_letters(self) -> list[dict[str, Any]]:
        """Take what is in the dead-letter queue."""
        sqs, url, bodies = self.aws.client("sqs"), self.outputs["DeadLetterQueueUrl"], []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def enqueue_stop(self, kind: str, name: str) -> None:
        """Enqueue a stop reference."""
        ref = {"kind": kind, "name": name, "time": self.aws.clock.now().isoformat()}
        self.aws.client("sqs").send_message(
            QueueUrl=self.outputs["StopQueueUrl"], MessageBody=json.dumps(ref)
        )
        self.aws.settle()

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function and wait for its answer."""
        name = self.outputs[f"{function}FunctionName"]
        answer = self.aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return json.load(answer["Payload"])

    def config(self, function: str) -> dict[str, Any]:
        """Read how a function is configured."""
        name = self.outputs[f"{function}FunctionName"]
        found: dict[str, Any] = self.aws.client("lambda").get_function_configuration(
            FunctionName=name
        )
        return found

    def log(self, function: str) -> str:
        """Read a function's log."""
        return "\n".join(event["message"] for event in self.log_events(function))

    def log_events(self, function: str) -> list[dict[str, Any]]:
        """List what a function has logged, with the time of each line."""
        group = self.config(function)["LoggingConfig"]["LogGroup"]
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        return [e for page in pages.paginate(logGroupName=group) for e in page["events"]]

    def metric_sum(self, function: str, metric: str) -> float:
        """Return the sum of one of a function's numbers since the start, published or not."""
        lines = [json.loads(each) for each in self.log(function).splitlines() if metric in each]
        numbers = [line.get(metric, 0) for line in lines]
        return float(sum(sum(each) if isinstance(each, list) else each for each in numbers))

    def _read(self) -> None:
        self.aws.settle()
        new = self.aws.read_topics()
        self._alerts += new.alerts
        self._summaries += new.summaries


def _about(notice: Notice) -> list[str]:
    return [named["name"] for named in (notice["resource"], *notice["resources"])]


def sources_with(policy: str, at: Path) -> Path:
    """Copy the sources of the stack, with another text as its policy."""
    (at / "policy.toml").write_text(policy, encoding="utf-8")
    return sam.copy_sources(at / "policy.toml", at / "project")


def machines(type_: str | None, count: int = 1) -> dict[str, Any]:
    """Ask for instances, or leave the type to AWS."""
    typed = {"InstanceType": type_} if type_ else {}
    return {**typed, "InstanceCount": count, "VolumeSizeInGB": 10}
