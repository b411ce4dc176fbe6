"""The script that copies the rows of an earlier moment over a ledger, on moto."""

import runpy
from typing import Any

import pytest
from moto import mock_aws

from local.paths import PROJECT
from tests.integration.aws import client

copy = runpy.run_path(str(PROJECT / "scripts/copy-ledger"))["main"]
WAITING = {"status": {"S": "waiting"}}


@pytest.mark.parametrize(
    ("since", "is_copied"),
    [
        ({"status": {"S": "retry"}}, True),
        ({"status": {"S": "sent"}}, False),
        ({"status": {"S": "failed"}}, False),  # the admins have read it instead
        ({"taken": {"S": "2026-11-23T14:00:00Z"}}, False),
    ],
)
def test_what_went_out_since_is_not_forgotten(
    since: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, is_copied: bool
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    key = {"pk": {"S": "delivery#john"}, "sk": {"S": "one"}}
    with mock_aws():
        dynamodb = client("dynamodb")
        for name, row in (("before", WAITING), ("ledger", since)):
            dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in key],
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
            )
            dynamodb.put_item(TableName=name, Item={**key, **row})
        copy("before", "ledger")
        found = dynamodb.get_item(TableName="ledger", Key=key)["Item"]
        woke = {"pk": {"S": "note"}, "sk": {"S": "woke"}}
        assert "Item" in dynamodb.get_item(TableName="ledger", Key=woke)
    assert found == {**key, **(WAITING if is_copied else since)}
