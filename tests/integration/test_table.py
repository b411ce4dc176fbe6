"""The table's wrapper: every page, every key, and unknown columns of a later version."""

from typing import Any

import pytest

from costguard.adapters.dynamodb.table import Table, beginning, between, since
from tests.integration.aws import answering, refusal
from tests.soak import in_memory_table

LATER = {"what": {"BOOL": True}, "more": {"M": {"n": {"N": "1"}}}, "part": {"N": "0.5"}}


def table() -> Table:
    """Make a table whose answers hold no more than sixty rows."""
    rows = in_memory_table.Table(lambda _: None)

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        serve = {"PutItem": rows.put, "GetItem": rows.get, "Query": rows.query}
        try:
            return serve[operation](asked)
        except in_memory_table.ConditionFailed:
            raise refusal("ConditionalCheckFailedException") from None

    return Table(answering("dynamodb", answer), "ledger")


@pytest.fixture
def full() -> Table:
    made = table()
    for number in range(in_memory_table.PAGE + 5):
        made.put({"pk": "p", "sk": f"{number:03}", "count": number, "word": "a"})
    return made


def test_every_page_is_read_in_order(full: Table) -> None:
    assert [row["count"] for row in full.query("p")] == [*range(in_memory_table.PAGE + 5)]


def test_a_part_is_read_by_its_keys(full: Table) -> None:
    assert [row["sk"] for row in full.query("p", since("063"))] == ["063", "064"]
    assert [row["sk"] for row in full.query("p", between("001", "002"))] == ["001", "002"]
    assert len(list(full.query("p", beginning("01")))) == 10
    assert [row["sk"] for row in full.newest("p", since("000"), 2, ["sk"])] == ["064", "063"]


def test_what_a_later_version_put_into_a_row_is_skipped() -> None:
    row = {"pk": {"S": "p"}, "sk": {"S": "k"}, "count": {"N": "7"}} | LATER
    made = Table(answering("dynamodb", lambda *_: {"Item": row}), "ledger")
    assert made.get("p", "k") == {"pk": "p", "sk": "k", "count": 7}


def test_a_row_is_written_where_its_condition_holds() -> None:
    made, row = table(), {"pk": "p", "sk": "k", "order": "2"}
    assert made.put_if("attribute_not_exists(pk)", row)
    assert not made.put_if("attribute_not_exists(pk)", row)
    assert not made.put_if("#order >= :order", row, order="3")
    assert made.put_if("#order >= :order", row | {"order": "1"}, order="1")
    assert made.get("p", "k") == {"pk": "p", "sk": "k", "order": "1"}
