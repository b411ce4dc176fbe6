"""Requests for exceptions in a real table: one of a kind, decided once; and the tags of answers."""

from collections.abc import Iterator
from copy import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from costguard.adapters.dynamodb.exceptions import DynamoDbExceptions
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.adapters.sagemaker.tags import SageMakerTagger
from costguard.common.errors import TagsRefusedError
from costguard.policy.exceptions import ExceptionRequest, ExceptionState
from tests.factories import at, training_job
from tests.integration.aws import client

ASKED = ExceptionRequest(
    id="1",
    kind="training-job",
    name="one",
    created=at(-1),
    types=("ml.p3.2xlarge",),
    rules=("idle",),
    by="Jane",
    why="demo",
    asked=at(0),
    until=at(5),
)


@pytest.fixture
def ledger() -> Iterator[Table]:
    with mock_aws():
        dynamodb = client("dynamodb")
        keys = ("pk", "sk")
        dynamodb.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[
                {"AttributeName": k, "KeyType": t}
                for k, t in zip(keys, ("HASH", "RANGE"), strict=True)
            ],
        )
        yield Table(dynamodb, "ledger")


def test_a_request_is_written_once_and_decided_once(ledger: Table) -> None:
    store = DynamoDbExceptions(ledger)
    assert store.requests() == []
    assert store.request("1") is None
    assert store.ask(ASKED)
    assert not store.ask(replace(ASKED, why="another"))
    approved = ASKED.decide(ExceptionState.APPROVED, "anna", at(9), "", at(1))
    assert store.decide(approved)
    assert not store.decide(ASKED.decide(ExceptionState.DENIED, "bob", at(9), "", at(2)))
    assert store.requests() == [approved]
    assert store.request("1") == approved


def test_a_request_that_cannot_be_read_is_reported_and_excuses_nothing(ledger: Table) -> None:
    store = DynamoDbExceptions(ledger)
    store.ask(ASKED)
    ledger.put({"pk": "exception", "sk": "2", "request": "{"})
    row = ledger.get("exception", "1")
    assert row is not None
    ledger.put({**row, "sk": "3", "request": str(row["request"]).replace("2026", "1026")})
    assert store.requests() == [ASKED]
    assert len(unreadable_rows()) == 2


def test_tags_are_added_to_what_has_the_owners_tags() -> None:
    class SageMaker:
        asked: dict[str, Any]

        def add_tags(self, **asked: Any) -> None:
            self.asked = asked

    sagemaker: Any = SageMaker()
    job = training_job()
    SageMakerTagger(sagemaker).add_tags(job, {"Project": "wattbot"})
    pairs = [{"Key": "Project", "Value": "wattbot"}]
    assert sagemaker.asked == {"ResourceArn": job.arn, "Tags": pairs}


def test_tags_that_aws_refuses_are_refused() -> None:
    class SageMaker:
        def add_tags(self, **_asked: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "AddTags")

    sagemaker: Any = SageMaker()
    with pytest.raises(TagsRefusedError, match=r"^AccessDeniedException$"):
        SageMakerTagger(sagemaker).add_tags(training_job(), {"Team": "x"})
