"""Deployed twice, again, and beside another region: on the local AWS, with IAM enforced."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.costs.prices import Price, Prices
from costguard.costs.usage import Usage
from costguard.resources.model import InstanceGroup
from local import sam
from local.account import ACCOUNT
from local.demo.environment import DemoEnvironment
from local.ministack.server import ROOT
from tests.local.guard import POLICY, START

WEST, TABLE = "us-west-2", "costguard-there"
ARN = f"arn:aws:dynamodb:{WEST}:{ACCOUNT}:table/{TABLE}"
DEV = "costguard-dev"
NOTEBOOK, TYPE = "RoeJane-Untagged", "ml.t3.medium"
HOUR = timedelta(hours=1)

type Before = tuple[dict[str, str], dict[str, str], Decimal]


@dataclass
class Two:
    """Two stacks in one account; the first is upgraded later."""

    aws: DemoEnvironment
    root: Path
    outputs: dict[str, dict[str, str]]

    def deploy(self, name: str, **parameters: str) -> None:
        """Deploy a stack, or deploy it again."""
        parameters = {"Mode": "warn", "SweepEvery": "rate(10 minutes)"} | parameters
        self.outputs[name] = sam.deploy(self.aws, stack=name, root=self.root, parameters=parameters)

    def cases(self, name: str) -> dict[str, str]:
        """Read the cases in a stack's ledger."""
        rows = self.aws.client("dynamodb").query(
            TableName=self.outputs[name]["LedgerTableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "case"}},
        )["Items"]
        return {row["sk"]["S"]: row["case"]["S"] for row in rows}

    def report(self, name: str) -> Decimal:
        """Let a stack report the month so far; answer the sum."""
        asked = {"time": self.aws.clock.now().isoformat(), "period": "month"}
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs[name]["ReportFunctionName"], Payload=json.dumps(asked)
        )
        told: dict[str, Any] = json.load(answer["Payload"])
        assert "usd" in told, told
        return Decimal(told["usd"])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        two = Two(stage, sam.copy_sources(POLICY, tmp_path_factory.mktemp("two")), {})
        two.deploy("costguard")
        two.outputs[DEV] = sam.deploy(stage, stack=DEV, root=two.root, environment="dev")
        stage.subscribe(two.outputs["costguard"])
        stage.notebook("Jane Roe", NOTEBOOK)
        stage.clock.advance(timedelta(minutes=20))
        yield two


def test_two_stacks_in_one_account_both_work(two: Two) -> None:
    first, second = two.outputs.values()
    assert not set(first.values()) & set(second.values()) - {first["Version"]}
    for name in two.outputs:
        assert list(two.cases(name)) == [f"notebook-instance/{NOTEBOOK.lower()}"]
    dead = two.aws.client("sqs").receive_message(QueueUrl=first["DeadLetterQueueUrl"])
    assert "Messages" not in dead


@dataclass
class West:
    """What a stack of another region would have left in its ledger there."""

    client: Any

    def fill(self, now: datetime) -> None:
        """Make the table; ten hours ran, at $0.50."""
        key = {"pk": "HASH", "sk": "RANGE"}
        self.client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in key],
            KeySchema=[{"AttributeName": n, "KeyType": t} for n, t in key.items()],
        )
        ran = Usage(
            kind="notebook-instance",
            name="there",
            component="notebook",
            region=WEST,
            groups=(InstanceGroup(TYPE, 1),),
            start=now - 11 * HOUR,
            end=now - HOUR,
        )
        rows = DynamoDbUsage(Table(self.client, TABLE))
        rows.save([(ran, None)], now)
        rate = Price(Decimal("0.5"), "a list", "2026-11-01")
        rows.keep_prices(Prices({(WEST, "notebook", TYPE): rate}, now))


@pytest.fixture(scope="module")
def west(two: Two) -> West:
    session = boto3.Session(ROOT, ROOT, region_name=WEST)
    west = West(session.client("dynamodb", endpoint_url=two.aws.endpoint))
    west.fill(two.aws.clock.now())
    return west


@pytest.fixture(scope="module")
def before(two: Two, west: West) -> Before:
    """Deploy the first stack again: another policy, and another region to add up."""
    before = two.outputs["costguard"], two.cases("costguard"), two.report("costguard")
    policy = two.root / "layers" / "policy" / "policy.toml"
    policy.write_text(policy.read_text().replace("max_stops = 5", "max_stops = 6"))
    two.deploy("costguard", OtherLedgers=ARN)
    assert west.client
    return before


def test_an_upgrade_keeps_the_ledger_and_all_that_it_knows(two: Two, before: Before) -> None:
    outputs, cases, _ = before
    assert cases
    assert two.cases("costguard") == cases
    for kept in ("LedgerTableName", "ReportBucketName", "AlertsTopicArn", "StopQueueUrl"):
        assert two.outputs["costguard"][kept] == outputs[kept]


def test_the_upgraded_stack_goes_on_where_the_old_one_was(two: Two, before: Before) -> None:
    ran = two.report(DEV)
    two.aws.clock.advance(HOUR)
    assert two.report(DEV) > ran
    assert before


def test_another_regions_usage_is_added_up(two: Two, before: Before) -> None:
    two.aws.read_topics()
    assert two.report("costguard") == two.report(DEV) + 5
    assert before
    (text, *_) = two.aws.read_topics().summaries
    assert f"Account {ACCOUNT}, us-east-2, {WEST}." in text
    assert f"$5.00    {WEST}" in text


def test_a_region_whose_ledger_is_gone_is_said(two: Two, west: West, before: Before) -> None:
    assert before
    west.client.delete_table(TableName=TABLE)
    two.aws.read_topics()
    assert two.report("costguard") == two.report(DEV)
    (text, *_) = two.aws.read_topics().summaries
    assert f"WITHOUT {WEST} (could not be read)" in text
    assert f"NOT ASKED: the ledger of {WEST} (An error occurred (ResourceNotFound" in text
