"""Which reads of the ledger pay the whole price: those of one resource, which must be right."""

from typing import Any

import pytest

from costguard.adapters.dynamodb import table as ledger
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.resources.model import ResourceRef
from tests.integration.aws import answering

REF = ResourceRef("notebook-instance", "n")


class Table:
    """An empty table that notes which of its reads were strongly consistent."""

    def __init__(self) -> None:
        self.strong = list[bool]()
        self.ledger = ledger.Table(answering("dynamodb", self.answer), "ledger")

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.strong.append(asked.get("ConsistentRead", False))
        return {"Items": []} if operation == "Query" else {}


@pytest.fixture
def table() -> Table:
    return Table()


def test_what_one_resource_hangs_on_is_read_as_it_is_now(table: Table) -> None:
    cases, markers, rows = (
        DynamoDbCases(table.ledger),
        DynamoDbMarkers(table.ledger),
        DynamoDbUsage(table.ledger),
    )
    assert (cases.get(REF), markers.last_time("swept"), list(rows.known(REF))) == (None, None, [])
    assert table.strong == [True, True, True]


def test_what_the_sweep_reads_of_everything_costs_half(table: Table) -> None:
    cases, rows = DynamoDbCases(table.ledger), DynamoDbUsage(table.ledger)
    assert (list(cases.all()), list(rows.open())) == ([], [])
    assert table.strong == [False, False]
