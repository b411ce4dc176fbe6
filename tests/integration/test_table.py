"""The table's wrapper: every page, every key, and unknown columns of a later version."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import beginning, between, since
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.together import NEW, Put, put_each, put_new
from tests.integration.aws import answering, refusal
from tests.soak import in_memory_table

LATER = {"what": {"BOOL": True}, "more": {"M": {"n": {"N": "1"}}}, "part": {"N": "0.5"}}


def table() -> Table:
    """Make a table whose answers hold no more than sixty rows."""
    rows = in_memory_table.Table(lambda _: None)

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            return rows.calls[operation](asked)
        except in_memory_table.ConditionFailed as failed:
            raise refusal(failed.code) from None

    return Table(answering("dynamodb", answer), "ledger")


def listed() -> tuple[Table, list[str]]:
    """Make a table that takes everything, and the list of its calls."""
    asked = list[str]()

    def answer(operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        return {}

    return Table(answering("dynamodb", answer), "ledger"), asked


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


def test_a_column_is_counted_up_to_the_most_and_begins_where_it_is_told() -> None:
    made = table()
    row: TableRow = {"pk": "p", "sk": "k", "expires": 9}
    assert [made.count_up(row, "taken", 7, 10) for _ in range(4)] == [True, True, True, False]
    assert made.get("p", "k") == {**row, "taken": 10}


def test_a_row_is_written_where_its_condition_holds() -> None:
    made, row = table(), {"pk": "p", "sk": "k", "order": "2"}
    assert made.put_if("attribute_not_exists(pk)", row)
    assert not made.put_if("attribute_not_exists(pk)", row)
    assert not made.put_if("#order >= :order", row, order="3")
    assert made.put_if("#order >= :order", row | {"order": "1"}, order="1")
    assert made.get("p", "k") == {"pk": "p", "sk": "k", "order": "1"}


@pytest.mark.parametrize("number", [1, 4, 5, 250])
def test_new_rows_are_written_and_those_that_are_there_stay(number: int) -> None:
    made = table()
    made.put({"pk": "p", "sk": "000", "word": "first"})
    put_new(made, [{"pk": "p", "sk": f"{each:03}", "word": "later"} for each in range(number)])
    words = [row["word"] for row in made.query("p")]
    assert words == ["first", *["later"] * (number - 1)]


def test_many_new_rows_take_a_call_for_each_hundred() -> None:
    made, asked = listed()
    put_new(made, ({"pk": "p", "sk": str(each)} for each in range(250)))
    assert asked == ["TransactWriteItems"] * 3


def test_new_rows_that_are_refused_are_an_error() -> None:
    def answer(_operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        raise refusal("AccessDeniedException")

    made = Table(answering("dynamodb", answer), "ledger")
    with pytest.raises(ClientError, match="AccessDenied"):
        put_new(made, ({"pk": "p", "sk": str(each)} for each in range(5)))


@pytest.mark.parametrize("number", [2, 30])
def test_of_rows_that_are_written_together_each_has_its_own_condition(number: int) -> None:
    made = table()
    made.put({"pk": "p", "sk": "000", "version": 7})
    puts = [Put({"pk": "p", "sk": f"{each:03}", "version": 1}, NEW) for each in range(number)]
    assert put_each(made, puts) == [False, *[True] * (number - 1)]
    again = [Put({**put.row, "version": 8}, "version = :old", {"old": 7}) for put in puts]
    assert put_each(made, again) == [True, *[False] * (number - 1)]
    assert [row["version"] for row in made.query("p")] == [8, *[1] * (number - 1)]
    anyway = [Put({**put.row, "version": 9}) for put in puts]
    assert put_each(made, anyway) == [True] * number
    assert {row["version"] for row in made.query("p")} == {9}


def test_rows_that_are_too_heavy_for_one_call_take_several() -> None:
    made, asked = listed()
    heavy = [Put({"pk": "p", "sk": str(each), "case": "x" * 300_000}) for each in range(20)]
    assert put_each(made, heavy) == [True] * 20
    assert asked == ["TransactWriteItems"] * 2 + ["PutItem"] * 2


def test_rows_that_weigh_more_than_their_letters_take_several_calls() -> None:
    asked = list[int]()

    def answer(_operation: str, sent: dict[str, Any]) -> dict[str, Any]:
        asked.append(len(json.dumps(sent, ensure_ascii=False).encode()))
        return {}

    made = Table(answering("dynamodb", answer), "ledger")
    heavy = "\u738b" * 100_000
    put_each(made, [Put({"pk": "p", "sk": str(each), "case": heavy}) for each in range(18)])
    assert len(asked) == 2
    assert all(size < 4_000_000 for size in asked)


def test_rows_that_no_call_takes_together_are_written_one_by_one() -> None:
    written = list[str]()

    def answer(operation: str, sent: dict[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            raise refusal("ValidationException", "cannot include multiple operations on one item")
        written.append(sent["Item"]["sk"]["S"])
        return {}

    made = Table(answering("dynamodb", answer), "ledger")
    keys = [*"abcde", "a"]
    assert put_each(made, [Put({"pk": "p", "sk": key}) for key in keys]) == [True] * len(keys)
    assert written == keys
