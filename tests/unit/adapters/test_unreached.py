"""That the ledger refuses to name who could not be reached is no empty list."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.table import Table
from costguard.common.errors import SourceUnavailableError
from tests.factories import at


class Refusing:
    """DynamoDB, which refuses every query."""

    def query(self, **_asked: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Query")


def test_a_refusal_is_told_and_no_empty_list() -> None:
    refusing: Any = Refusing()
    with pytest.raises(SourceUnavailableError, match="AccessDenied"):
        list(DynamoDbDeliveries(Table(refusing, "ledger")).unreached_since(at(0)))
