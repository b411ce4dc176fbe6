"""One DynamoDB table whose rows are texts and whole numbers: only the calls, no meaning.

The key of a row is `pk` and `sk`; `expires`, a time in seconds, lets DynamoDB delete it. Columns of
a later version in other DynamoDB types are skipped.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import batched, chain
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.adapters.dynamodb.items import (
    TableRow,
    Value,
    as_condition,
    as_item,
    as_row,
    as_values,
)
from costguard.adapters.dynamodb.sort_keys import ALL, SortKeys
from costguard.common.codec import decode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        QueryInputTypeDef,
        UpdateItemInputTypeDef,
    )

_KEY = "pk", "sk"
_MOST_IN_BATCH = 100  # keys in one BatchGetItem


def expires_at(moment: datetime) -> int:
    """Format the expiry of a row, as DynamoDB reads it."""
    return int(moment.timestamp())


def expiry(moment: datetime | None) -> dict[str, int]:
    """Return the column that lets a row expire; none for a row that stays."""
    return {} if moment is None else {"expires": expires_at(moment)}


def read_json[T](row: TableRow, column: str, kind: type[T]) -> T:
    """Read a column that holds JSON. Raises StoredDataInvalid, which names the row."""
    return decode(str(row.get(column, "")), kind, str(row.get("pk")), str(row.get("sk")))


class Table(Struct, frozen=True):
    """Reads and writes one table with the client it is given."""

    dynamodb: "DynamoDBClient"
    name: str

    def get(self, pk: str, sk: str, *, consistent: bool = True) -> TableRow | None:
        """Read one row; eventually consistent at half the price."""
        answer = self.dynamodb.get_item(
            TableName=self.name, Key=as_item({"pk": pk, "sk": sk}), ConsistentRead=consistent
        )
        item = answer.get("Item")
        return as_row(item) if item else None

    def get_each(self, keys: Mapping[str, str]) -> dict[str, TableRow]:
        """Read one row of each of several partitions in one call; return them by partition."""
        return {pk: row for (pk, _), row in self.get_many(keys.items()).items()}

    def get_all(
        self, pk: str, keys: Iterable[str], *, consistent: bool = False
    ) -> dict[str, TableRow]:
        """Read rows of one partition by key; return the existing ones."""
        found = self.get_many(((pk, sk) for sk in keys), consistent=consistent)
        return {sk: row for (_, sk), row in found.items()}

    def get_many(
        self, keys: Iterable[tuple[str, str]], *, consistent: bool = True
    ) -> dict[tuple[str, str], TableRow]:
        """Read rows by partition and key, a hundred a call; return the existing ones.

        What AWS leaves unprocessed is read one by one: those calls back off, as AWS requires.
        """
        found: list[TableRow | None] = []
        for some in batched(dict.fromkeys(keys), _MOST_IN_BATCH, strict=False):
            wanted = [as_item({"pk": pk, "sk": sk}) for pk, sk in some]
            answer = self.dynamodb.batch_get_item(
                RequestItems={self.name: {"Keys": wanted, "ConsistentRead": consistent}}
            )
            found += map(as_row, chain.from_iterable(answer["Responses"].values()))
            for left in answer.get("UnprocessedKeys", {}).values():
                keys_left = ((str(key["pk"]["S"]), str(key["sk"]["S"])) for key in left["Keys"])
                found += (self.get(*key, consistent=consistent) for key in keys_left)
        return {(str(row["pk"]), str(row["sk"])): row for row in found if row}

    def query(
        self,
        pk: str,
        keys: SortKeys = ALL,
        *,
        consistent: bool = True,
        columns: Iterable[str] = (),
    ) -> Iterator[TableRow]:
        """Read a partition in the order of its keys, page by page; some columns, or all of them."""
        asked = self._query(pk, keys, consistent=consistent, columns=columns)
        while True:  # a paginator would add a fifth of the call's time
            page = self.dynamodb.query(**asked)
            yield from map(as_row, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def newest(
        self, pk: str, keys: SortKeys, most: int, columns: Iterable[str]
    ) -> Iterator[TableRow]:
        """Read some columns of so many rows, the last key first, in one call."""
        asked = self._query(pk, keys, consistent=True, columns=columns)
        asked["ScanIndexForward"] = False
        asked["Limit"] = most
        return map(as_row, self.dynamodb.query(**asked)["Items"])

    def put(self, row: TableRow) -> None:
        """Write a row unconditionally."""
        self.dynamodb.put_item(TableName=self.name, Item=as_item(row))

    def put_if(self, condition: str, row: TableRow, **values: Value) -> bool:
        """Write a row if a condition holds for the existing one; False if it does not.

        The condition names its values `:value`; a column may be spelled `#column`, as it must be
        where DynamoDB has reserved the word.
        """
        asked = as_condition(condition, values)
        put = partial(self.dynamodb.put_item, TableName=self.name, Item=as_item(row), **asked)
        return _holds(put)

    def count_up(self, row: TableRow, column: str, start: int, most: int) -> bool:
        """Add one to a column of a row, or of a new one from a start on; False at the most."""
        numbers = {"start": start, "one": 1, "most": most}
        others = {name: value for name, value in row.items() if name not in _KEY}
        names = {f"#{name}": name for name in (column, *others)}
        rest = "".join(f", #{name} = :{name}" for name in others)
        asked: UpdateItemInputTypeDef = {
            "TableName": self.name,
            "Key": as_item({name: row[name] for name in _KEY}),
            "UpdateExpression": f"SET #{column} = if_not_exists(#{column}, :start) + :one{rest}",
            "ConditionExpression": f"attribute_not_exists(pk) OR #{column} < :most",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": as_values(numbers | others),
        }
        return _holds(partial(self.dynamodb.update_item, **asked))

    def _query(
        self, pk: str, keys: SortKeys, *, consistent: bool, columns: Iterable[str]
    ) -> "QueryInputTypeDef":
        asked: QueryInputTypeDef = {
            "TableName": self.name,
            "KeyConditionExpression": f"pk = :pk{keys.condition}",
            "ExpressionAttributeValues": as_values({"pk": pk, **keys.values}),
            "ConsistentRead": consistent,
        }
        if names := {f"#{column}": column for column in columns}:
            asked["ProjectionExpression"] = ", ".join(names)
            asked["ExpressionAttributeNames"] = names
        return asked


def _holds(write: Callable[[], object]) -> bool:
    """Make a conditional write; False if its condition does not hold."""
    try:
        write()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
