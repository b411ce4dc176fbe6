"""Rows that are written only where there are none, many in one call."""

from collections.abc import Iterable
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from costguard.adapters.dynamodb.table import Table, TableRow, as_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_NEW = "attribute_not_exists(pk)"
_MOST = 100  # items in one TransactWriteItems
_FEW = 4  # a transaction costs two writes a row: a few rows are cheaper one by one


def put_new(table: Table, rows: Iterable[TableRow]) -> None:
    """Write the rows that do not exist yet; leave the others as they are."""
    for some in batched(rows, _MOST, strict=False):
        if len(some) <= _FEW or not _put_together(table, some):
            for row in some:
                table.put_if(_NEW, row)


def _put_together(table: Table, rows: Iterable[TableRow]) -> bool:
    """Write all or nothing; False if one of them exists, or is written by another just now."""
    writes: list[TransactWriteItemTypeDef] = [
        {"Put": {"TableName": table.name, "Item": as_item(row), "ConditionExpression": _NEW}}
        for row in rows
    ]
    try:
        table.dynamodb.transact_write_items(TransactItems=writes)
    except ClientError as error:
        if error.response["Error"]["Code"] == "TransactionCanceledException":
            return False
        raise
    return True
