"""Rows that are written together: many in one call, each under a condition of its own."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.adapters.dynamodb.items import TableRow, Value, as_condition, as_item
from costguard.adapters.dynamodb.table import Table
from costguard.common.batches import batches

NEW = "attribute_not_exists(pk)"
_MOST, _HEAVIEST = 100, 3_000_000
"""Items and bytes in one TransactWriteItems; AWS takes 100 items and 4 MB."""
_FEW = 4  # a transaction costs two writes a row: a few rows are cheaper one by one
_NOT_TOGETHER = (
    "TransactionCanceledException",
    "TransactionInProgressException",
    "ValidationException",  # one of them is too large, or two have the same key
)


class Put(Struct, frozen=True):
    """A row to write where a condition holds, as `Table.put_if` spells it; empty: anyway."""

    row: TableRow
    condition: str = ""
    values: Mapping[str, Value] = {}


def put_each(table: Table, puts: Iterable[Put]) -> list[bool]:
    """Write rows; tell of each whether its condition held.

    A transaction writes all or nothing, so what is in the way of one is left to calls of their own.
    """
    written = list[bool]()
    for some in batches(puts, most=_MOST, heaviest=_HEAVIEST, weight=_weight):
        together = len(some) > _FEW and _put_together(table, some)
        written += [True] * len(some) if together else [_put_alone(table, put) for put in some]
    return written


def put_new(table: Table, rows: Iterable[TableRow]) -> None:
    """Write the rows that do not exist yet; leave the others as they are."""
    put_each(table, (Put(row, NEW) for row in rows))


def _put_alone(table: Table, put: Put) -> bool:
    if put.condition:
        return table.put_if(put.condition, put.row, **put.values)
    table.put(put.row)
    return True


def _put_together(table: Table, puts: Iterable[Put]) -> bool:
    """Write all or nothing; False if something is in the way of one of them."""
    try:
        table.dynamodb.transact_write_items(
            TransactItems=[{"Put": _asked(table, put)} for put in puts]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_TOGETHER:
            return False
        raise
    return True


def _asked(table: Table, put: Put) -> Any:
    condition = as_condition(put.condition, put.values) if put.condition else {}
    return {"TableName": table.name, "Item": as_item(put.row), **condition}


def _weight(put: Put) -> int:
    return sum(len(str(value).encode(errors="replace")) for value in put.row.values())
