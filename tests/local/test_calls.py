"""Every call of a sweep and of an event, counted at the account's door, and what is uploaded."""

import json
from collections.abc import Iterator, Mapping
from copy import replace
from functools import cache, partial
from typing import Any

import pytest
from botocore.session import get_session

from benchmarks import account
from benchmarks.counting import CountingAws
from benchmarks.ours import CLIENT, SETTINGS, event, stage
from costguard.adapters.clients import CONFIG
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.table import Table
from costguard.app.enforce import enforce
from costguard.app.stop_request import parse_stop_request
from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.bootstrap.guard import wire_enforce, wire_sweep, wire_watch
from costguard.bootstrap.settings import GuardSettings
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.schema import decode_notice
from costguard.policy.loader import parse_policy
from tests.local.guard import START

NUMBER, VIOLATIONS = 200, 100
PAGES = 2
UNTAGGED = VIOLATIONS // 2
LISTS = {f"sagemaker:List{kind}Jobs": 1 for kind in ("Training", "Processing", "Transform")}
LOOK = {
    **LISTS,
    "sagemaker:ListTrainingJobs": 2,  # those that run, and the warm pools
    "sagemaker:ListHyperParameterTuningJobs": 1,
    "sagemaker:ListEndpoints": 1,
    "sagemaker:ListNotebookInstances": PAGES,
    "tagging:GetResources": -(-(NUMBER - UNTAGGED) // 100),
}
SELDOM = {
    "sagemaker:ListJobs": 5,  # one a category
    **{
        f"sagemaker:List{kinds}": 1
        for kinds in (
            *("AIBenchmarkJobs", "AIRecommendationJobs", "AutoMLJobs", "CompilationJobs"),
            *("InferenceRecommendationsJobs", "LabelingJobs", "MlflowTrackingServers"),
            *("MonitoringSchedules", "OptimizationJobs", "Apps", "Pipelines"),
        )
    },
}
"""What is listed once an hour while there is none of it."""
ONLY_TOLD = {
    f"sagemaker:List{kinds}": 1
    for kinds in (
        *("Clusters", "FeatureGroups", "InferenceExperiments"),
        *("MlflowApps", "PartnerApps", "TrainingPlans"),
    )
}
LOOK_AT_ONE = {
    "dynamodb:BatchGetItem": 1,  # its case, the last sweep, its creator
    "dynamodb:Query": 1,  # its usage
    "sagemaker:DescribeNotebookInstance": 1,
}


class Sweeps:
    """Sweeps of one account, one after the other, each with its calls."""

    def __init__(self, aws: CountingAws) -> None:
        self.aws = aws
        made = stage(aws, "calls")
        self.queue = made.stops
        settings = GuardSettings.read(SETTINGS | made.env)
        make: Any = get_session().create_client  # the account has set the environment
        client = cache(partial(make, config=CONFIG))
        wired = (settings, parse_policy(account.POLICY), client)
        self.watch_ports, self.sweep_ports = wire_watch(*wired), wire_sweep(*wired)
        self.enforce_ports = wire_enforce(*wired)
        self.table = Table(client("dynamodb"), settings.ledger_table)

    def sweep(self, minutes: int) -> Mapping[str, int]:
        """Sweep as of some minutes from now; count what it asked."""
        with self.aws.counting() as calls:
            sweep(self.sweep_ports, now=self.aws.clock.now() + minutes * account.SETTLED / 5)
        return calls.by_operation(CLIENT)

    def hear(self) -> None:
        """Let everybody hear every warning the moment that it was published."""
        for row in self.table.query("published"):
            if "body" in row:
                notice = decode_notice(json.loads(str(row["body"])))
                for to in notice.addressees:
                    heard = Delivery(
                        to=to, notice=notice.id, at=notice.time, status=DeliveryStatus.SENT
                    )
                    DynamoDbDeliveries(self.table).mark(replace(heard, sent=notice.time))

    def enforce(self, minutes: int) -> Mapping[str, int]:
        """Take what was handed over off the queue, and count what that asks."""
        queue = self.aws.client("sqs")
        [message] = queue.receive_message(QueueUrl=self.queue)["Messages"]
        refs, _ = parse_stop_request(message["Body"])
        with self.aws.counting() as calls:
            enforce(
                self.enforce_ports, refs, now=self.aws.clock.now() + minutes * account.SETTLED / 5
            )
        return calls.by_operation(CLIENT)

    def create(self, name: str) -> Mapping[str, int]:
        """Tell that a notebook was created; count what `watch` asked."""
        told = event("create-notebook-instance")
        told["detail"]["requestParameters"]["notebookInstanceName"] = name
        told["time"] = self.aws.clock.now().isoformat()
        with self.aws.counting() as calls:
            assert watch(self.watch_ports, told, now=self.aws.clock.now()) == "looked"
        return calls.by_operation(CLIENT)


@pytest.fixture(scope="module")
def sweeps() -> Iterator[Sweeps]:
    with CountingAws(start=START) as aws:
        account.fill(aws, NUMBER, every=2)
        yield Sweeps(aws)


def of(calls: Mapping[str, int], *services: str) -> dict[str, int]:
    return {call: n for call, n in calls.items() if call.split(":")[0] in services}


def test_a_first_sweep_asks_each_untagged_one_once_and_meets_every_volume(sweeps: Sweeps) -> None:
    first = of(sweeps.sweep(0), "sagemaker", "tagging")
    meets = {"sagemaker:DescribeNotebookInstance": NUMBER}
    lists = {"sagemaker:ListNotebookInstances": 2 * PAGES}  # stopped ones have volumes too
    lists["sagemaker:ListSpaces"] = 1
    every = {**LOOK, **SELDOM, **ONLY_TOLD, **lists, **meets}
    assert first == {**every, "sagemaker:ListTags": UNTAGGED}


def test_the_next_sweep_asks_for_pages_alone_and_writes_one_row(sweeps: Sweeps) -> None:
    calls = sweeps.sweep(5)
    assert of(calls, "sagemaker", "tagging") == LOOK
    assert calls["dynamodb:PutItem"] == 1
    admins_read = {"sns:GetTopicAttributes": 1}
    assert of(calls, "sns", "sqs", "lambda", "monitoring") == admins_read


def test_at_the_deadline_a_sweep_only_hands_over(sweeps: Sweeps) -> None:
    sweeps.hear()
    calls = sweeps.sweep(15)
    assert of(calls, "sagemaker", "tagging") == LOOK
    assert of(calls, "sqs") == {"sqs:SendMessage": 1}


def test_the_second_look_is_one_sweep_then_each_untagged_ones_tags_and_the_stops(
    sweeps: Sweeps,
) -> None:
    stops = {"sagemaker:StopNotebookInstance": VIOLATIONS}
    assert of(sweeps.enforce(15), "sagemaker", "tagging") == {
        **LOOK,
        **stops,
        "sagemaker:ListTags": UNTAGGED,
    }


def test_an_event_is_three_calls_and_its_repetition_writes_nothing(sweeps: Sweeps) -> None:
    first = sweeps.create("DoeAbJohn-Explore1")
    assert first == {**LOOK_AT_ONE, "dynamodb:PutItem": first["dynamodb:PutItem"]}
    assert sweeps.create("DoeAbJohn-Explore1") == LOOK_AT_ONE
