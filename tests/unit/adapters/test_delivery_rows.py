"""Rows of deliveries live for as long as they may be asked for."""

from datetime import timedelta
from typing import Any

import pytest

from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.table import Table, expires_at
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.schema import SCHEMA
from tests.factories import at


class OneTable:
    """DynamoDB with one row."""

    def __init__(self) -> None:
        self.row: dict[str, Any] = {}

    def put_item(self, *, Item: dict[str, Any], **_: object) -> None:  # noqa: N803 - DynamoDB's own
        self.row = Item

    def get_item(self, **_: object) -> dict[str, Any]:
        return {"Item": self.row}


def test_a_row_says_when_it_was_sent_and_lives_from_then() -> None:
    aws: Any = OneTable()
    deliveries = DynamoDbDeliveries(Table(aws, "ledger"), timedelta(days=200))
    row = Delivery(to="johndoe", notice="n", at=at(0), status=DeliveryStatus.CLAIMED)
    deliveries.mark(row.as_sent("email", at(500.25)))
    assert deliveries.find(row) == row.as_sent("email", at(500.25))
    assert int(aws.row["expires"]["N"]) == expires_at(at(500.25) + timedelta(days=200))
    del aws.row["sent"]  # of an earlier version
    found = deliveries.find(row)
    assert found
    assert (found.status, found.sent) == (DeliveryStatus.SENT, None)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("status", "of a later version"),
        ("at", "0001-01-01T00:00:00+00:00"),
        ("body", "{"),
        ("body", '{"id": 1}'),
        ("body", f'{{"schema": "{SCHEMA}", "findings": 3}}'),
    ],
)
def test_several_are_read_together_but_for_one_that_cannot_be(column: str, text: str) -> None:
    good, bad, new = (
        Delivery(to=to, notice="n", at=at(0), status=DeliveryStatus.SENT)
        for to in ("good", "bad", "new")
    )
    stored = {}

    class Rows:
        """DynamoDB with some rows."""

        def put_item(self, *, Item: dict[str, Any], **_: object) -> None:  # noqa: N803
            stored[Item["pk"]["S"]] = Item

        def batch_get_item(self, *, RequestItems: Any, **_: object) -> dict[str, Any]:  # noqa: N803
            keys = [key["pk"]["S"] for key in RequestItems["ledger"]["Keys"]]
            return {"Responses": {"ledger": [stored[key] for key in keys if key in stored]}}

    aws: Any = Rows()
    deliveries = DynamoDbDeliveries(Table(aws, "ledger"))
    for row in (good, bad):
        deliveries.mark(row)
    stored["delivery#bad"][column] = {"S": text}
    assert deliveries.find_each([good, bad, new]) == {good: good, new: None}
