"""Rows and conditions in DynamoDB's own types: texts and whole numbers, no others."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Value = str | int
type TableRow = Mapping[str, Value]


def as_condition(condition: str, values: TableRow) -> dict[str, Any]:
    """Spell a condition as a write of one row takes it."""
    asked: dict[str, Any] = {"ConditionExpression": condition}
    if names := {f"#{column}": column for column in re.findall(r"#(\w+)", condition)}:
        asked["ExpressionAttributeNames"] = names
    if values:
        asked["ExpressionAttributeValues"] = as_values(values)
    return asked


def as_item(row: TableRow) -> "dict[str, AttributeValueTypeDef]":
    """Spell a row in DynamoDB's own types."""
    return {
        column: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for column, value in row.items()
    }


def as_values(values: TableRow) -> "dict[str, AttributeValueTypeDef]":
    """Spell the values of a condition, which names each `:value`."""
    return {f":{name}": value for name, value in as_item(values).items()}


def as_row(item: "Mapping[str, AttributeValueTypeDef]") -> TableRow:
    """Read a row; columns of other types are skipped."""
    return {
        column: value["S"] if "S" in value else int(value["N"])
        for column, value in item.items()
        if "S" in value or value.get("N", "").isdecimal()
    }
