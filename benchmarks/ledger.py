"""The requests to the ledger in DynamoDB's billing units, counted where they arrive.

A write is billed by 1 KB of the item, whether its condition holds or not; a strongly consistent
read by 4 KB of what is read, an eventually consistent one at half of that
(amazondynamodb, developerguide: read-write-operations).
"""

import json
from collections.abc import Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks import account, ours
from benchmarks.counting import CountingAws
from benchmarks.functions import EVENTS, START
from costguard.common.codec import decode, encode
from costguard.enforcement.case import Case, close_case
from local.ministack.server import App, Message, Receive, Send
from local.sagemaker.event_delivery import Faults

_WRITE, _READ, _TARGET = 1024, 4096, b"DynamoDB_20120810."
_OURS = {"CreateTable", "BatchWriteItem", "Scan"}  # the benchmark's own; no function asks them
_MINUTE, _GRACE = timedelta(minutes=1), timedelta(minutes=15)
_ROLE, _NAME = account.ROLE, "DoeJohn-Explore"
_IMAGE = "123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1"

type Item = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Units:
    """Units of writes and reads, and how many events they are of."""

    writes: float = 0.0
    reads: float = 0.0
    events: int = 0

    def __add__(self, other: "Units") -> "Units":
        """Add another's."""
        return Units(
            self.writes + other.writes, self.reads + other.reads, self.events + other.events
        )

    def __sub__(self, other: "Units") -> "Units":
        """Take another's off."""
        return self + Units(-other.writes, -other.reads, -other.events)


@dataclass(frozen=True, slots=True)
class Stories:
    """What each of these asks of the ledger; of a case: beyond what its resource asks anyway."""

    job: Units
    run: Units
    again: Units  # an event that comes a second time
    case: Units
    notice: Units
    interval: Item  # a closed one
    row: Item  # of the case


class MeteredAws(CountingAws):
    """A local AWS that measures requests to DynamoDB."""

    spent: Units
    _sizes: dict[str, int]

    def wrap(self, app: App) -> App:
        """Listen to both sides."""
        counted, self.spent, self._sizes = super().wrap(app), Units(), {}

        async def weighed(scope: Message, receive: Receive, send: Send) -> None:
            asked, told = list[bytes](), list[bytes]()

            async def hear() -> Message:
                message = await receive()
                asked.append(message.get("body", b""))
                return message

            async def say(message: Message) -> None:
                told.append(message.get("body", b""))
                last = message["type"] == "http.response.body" and not message.get("more_body")
                if last and target.startswith(_TARGET):  # before the caller goes on
                    operation = target.removeprefix(_TARGET).decode()
                    self._weigh(operation, json.loads(b"".join(asked)), json.loads(b"".join(told)))
                await send(message)

            target = dict(scope.get("headers", ())).get(b"x-amz-target", b"")
            await counted(scope, hear, say)

        return weighed

    def take(self) -> Units:
        """Answer what was spent since it was last taken."""
        spent, self.spent = self.spent, Units()
        return spent

    def _weigh(self, operation: str, asked: dict[str, Any], told: dict[str, Any]) -> None:
        if operation == "PutItem":
            key = f"{asked['Item']['pk']}{asked['Item']['sk']}"
            size = max(weight(asked["Item"]), self._sizes.get(key, 0))  # the larger one is billed
            self._sizes[key] = weight(asked["Item"])
            self.spent.writes += ceil(size / _WRITE)
        elif operation in {"GetItem", "Query"}:
            items = told.get("Items", [told["Item"]] if told.get("Item") else [])
            units = max(1, ceil(sum(map(weight, items)) / _READ))
            self.spent.reads += units if asked.get("ConsistentRead") else units / 2
        elif operation == "BatchGetItem":
            for table, each in asked["RequestItems"].items():
                items = told["Responses"].get(table, [])
                missing = len(each["Keys"]) - len(items)  # is billed as the smallest
                units = missing + sum(ceil(weight(item) / _READ) for item in items)
                self.spent.reads += units if each.get("ConsistentRead") else units / 2
        elif operation not in _OURS:
            raise ValueError(f"how DynamoDB bills {operation} is not said here")


def weight(item: Item) -> int:
    """Weigh an item in bytes, as DynamoDB does: names and values; a number is half its digits."""
    return sum(
        len(name.encode()) + (len(text.encode()) if kind == "S" else len(text) // 2 + 2)
        for name, value in item.items()
        for kind, text in value.items()
    )


def stories(tmp: Path) -> Stories:
    """Play each once: good ones first, then a notebook that is stopped for its name."""
    policy = ours.policy(tmp / "stories", account.POLICY)
    with MeteredAws(start=START) as aws:
        aws.account.faults = Faults()
        world = _World(aws, ours.stage(aws, "stories"), policy)
        world.sweep()
        job = world.play("CreateTrainingJob", _JOB, minutes=45)
        interval = world.rows("usage")[0]
        good = world.play("CreateNotebookInstance", _notebook(_NAME), minutes=5)
        good += world.play("StopNotebookInstance", {"NotebookInstanceName": _NAME}, minutes=5)
        run = world.play("StartNotebookInstance", {"NotebookInstanceName": _NAME}, minutes=5)
        run += world.play("StopNotebookInstance", {"NotebookInstanceName": _NAME}, minutes=5)
        again = world.look("Watch", world.last)
        notice = world.look("Notify", ours.event(EVENTS["Notify"]))
        case = world.stopped() - good
        return Stories(job, run, again, case, notice, interval, world.rows("case")[0])


_JOB = {
    "TrainingJobName": "DoeJohn-Train",
    "AlgorithmSpecification": {"TrainingImage": _IMAGE, "TrainingInputMode": "File"},
    "RoleArn": _ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
    "Tags": [{"Key": key, "Value": value} for key, value in account.TAGS.items()],
}


def _notebook(name: str) -> dict[str, Any]:
    kind = {"InstanceType": "ml.t3.medium", "RoleArn": _ROLE, "Tags": _JOB["Tags"]}
    return {"NotebookInstanceName": name, **kind}


@dataclass
class _World:
    """An account, and the functions that see each of its events as it happens."""

    aws: MeteredAws
    stage: ours.Stage
    policy: Path
    seen: int = 0
    last: dict[str, Any] = field(default_factory=dict)

    def look(self, function: str, event: Mapping[str, Any], program: str = "function") -> Units:
        """Run a function, in a process of its own, on one event."""
        self.aws.take()
        asked = (json.dumps(event), "1") if program == "function" else ()
        ours.program(program, *asked, env=self.stage.env, function=function, policy=self.policy)
        return self.aws.take()

    def play(self, operation: str, asked: Mapping[str, Any], *, minutes: int) -> Units:
        """Call SageMaker, and let `watch` handle the events."""
        self.aws.account.call(operation, dict(asked))
        return self.watch(minutes)

    def watch(self, minutes: int) -> Units:
        """Let time pass, and `watch` see every event."""
        spent = Units()
        for _ in range(minutes):
            for event in self.aws.account.sent[self.seen :]:
                spent += self.look("Watch", event) + Units(events=1)
                self.seen, self.last = self.seen + 1, event
            self.aws.clock.advance(_MINUTE)
        return spent

    def stopped(self) -> Units:
        """Play a notebook that is warned, handed over by the sweep at its deadline and stopped."""
        spent = self.play("CreateNotebookInstance", _notebook("test-1"), minutes=5)
        quiet = self.sweep()
        self.aws.clock.advance(_GRACE)
        spent += self.sweep() - quiet
        spent += self.look("Enforce", {}, "enforce")
        return spent + self.watch(5)

    def sweep(self) -> Units:
        """Look at everything."""
        return self.look("Sweep", {"time": self.aws.clock.now().isoformat()})

    def rows(self, pk: str) -> list[Item]:
        """Read one partition."""
        found = self.aws.client("dynamodb").scan(TableName=self.stage.table)["Items"]
        return [row for row in found if row["pk"]["S"] == pk]


def remember(stage: ours.Stage, told: Stories, intervals: int, cases: int) -> None:
    """Fill the table with what earlier days have left in it: jobs that ended, cases closed."""
    rows = [*_intervals(told.interval, intervals), *_closed(told.row, cases)]
    for begin in range(0, len(rows), 25):
        batch = [{"PutRequest": {"Item": row}} for row in rows[begin : begin + 25]]
        stage.aws.client("dynamodb").batch_write_item(RequestItems={stage.table: batch})


def _intervals(row: Item, number: int) -> Iterator[Item]:
    name = str(_JOB["TrainingJobName"])
    text = json.dumps(row)
    for count in range(number):
        again = text.replace(name, f"{name}{count:05}")
        yield json.loads(again.replace(name.lower(), f"{name.lower()}{count:05}"))


def _closed(row: Item, number: int) -> Iterator[Item]:
    for count in range(number):
        case = replace(
            close_case(decode(row["case"]["S"], Case)),
            kind="training-job",
            name=f"DoeJohn-Bad{count:05}",
        )
        yield {**row, "sk": {"S": case.ref.key}, "case": {"S": encode(case)}}
