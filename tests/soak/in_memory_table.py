"""DynamoDB in a dictionary: the calls and the conditions that the guard uses, no more."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

type Item = dict[str, Any]
type Written = Callable[[Item], None]

PAGE = 60


class ConditionFailed(Exception):
    """The condition of a write does not hold."""

    code = "ConditionalCheckFailedException"


class TransactionCanceled(ConditionFailed):
    """The condition of one of several writes does not hold; none was made."""

    code = "TransactionCanceledException"


class Table:
    """One table with `pk` and `sk`; `written` hears of every row that is put."""

    def __init__(self, written: Written) -> None:
        self.rows: dict[str, dict[str, Item]] = {}
        self._written = written

    @property
    def calls(self) -> dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """What answers each operation."""
        return {
            "PutItem": self.put,
            "UpdateItem": self.count_up,
            "TransactWriteItems": self.put_each,
            "GetItem": self.get,
            "BatchGetItem": self.get_each,
            "Query": self.query,
        }

    def put(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Put a row, if its condition holds."""
        if not self._may_put(asked):
            raise ConditionFailed
        item: Item = asked["Item"]
        self.rows.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = item
        self._written(item)
        return {}

    def count_up(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Add one to a column, if the condition holds; set the others."""
        there = self.get(asked).get("Item")
        if not _holds(asked["ConditionExpression"], there, asked):
            raise ConditionFailed
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        item: Item = dict(there or asked["Key"])
        for name, value in re.findall(r"(#\w+) = (.+?)(?=, #|$)", asked["UpdateExpression"]):
            before = int(item.get(names[name], values[":start"])["N"])
            item[names[name]] = values.get(value, {"N": str(before + 1)})
        return self.put({"Item": item})

    def put_each(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Put all rows, if the condition of each holds, or none."""
        puts = [each["Put"] for each in asked["TransactItems"]]
        if not all(map(self._may_put, puts)):
            raise TransactionCanceled
        for put in puts:
            self.put(put)
        return {}

    def _may_put(self, asked: Mapping[str, Any]) -> bool:
        there = self.get({"Key": asked["Item"]}).get("Item")
        return _holds(asked.get("ConditionExpression", ""), there, asked)

    def get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Get a row."""
        key = asked["Key"]
        found = self.rows.get(key["pk"]["S"], {}).get(key["sk"]["S"])
        return {"Item": found} if found else {}

    def get_each(self, asked: Mapping[str, Any], *, most: int = 100) -> dict[str, Any]:
        """Get so many of several rows; the rest is left to be asked for again."""
        [(name, table)] = asked["RequestItems"].items()
        found = [self.get({"Key": key}).get("Item") for key in table["Keys"][:most]]
        left = table["Keys"][most:]
        return {
            "Responses": {name: [row for row in found if row]},
            "UnprocessedKeys": {name: {**table, "Keys": left}} if left else {},
        }

    def query(self, asked: Mapping[str, Any], *, page: int = PAGE) -> dict[str, Any]:
        """Query one partition, a page at a time."""
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        part = self.rows.get(values[":pk"], {})
        wanted = _range(asked["KeyConditionExpression"], values)
        down = not asked.get("ScanIndexForward", True)
        keys = sorted((sk for sk in part if wanted(sk)), reverse=down)
        if after := asked.get("ExclusiveStartKey"):
            last = after["sk"]["S"]
            keys = [sk for sk in keys if (sk < last if down else sk > last)]
        size = min(page, asked.get("Limit", page))
        answer: dict[str, Any] = {"Items": [part[sk] for sk in keys[:size]]}
        if keys[size:]:
            answer["LastEvaluatedKey"] = {"pk": {"S": values[":pk"]}, "sk": {"S": keys[size - 1]}}
        return answer

    def expire(self, now: datetime) -> None:
        """Forget what has expired."""
        for part in self.rows.values():
            old = [sk for sk, item in part.items() if _expires(item) < now.timestamp()]
            for sk in old:
                del part[sk]

    def forget(self, *parts: str) -> None:
        """Lose whole partitions."""
        for pk in parts:
            self.rows.pop(pk, None)


def _expires(item: Item) -> float:
    return float(item["expires"]["N"]) if "expires" in item else float("inf")


def _range(condition: str, values: Mapping[str, str]) -> Callable[[str], bool]:
    """Read the condition on the sort key."""
    _, _, rest = condition.partition(" AND ")
    if not rest:
        return lambda _sk: True
    if rest.startswith("begins_with"):
        return lambda sk: sk.startswith(values[":sk"])
    if "BETWEEN" in rest:
        return lambda sk: values[":since"] <= sk <= values[":until"]
    assert rest == "sk >= :since", rest
    return lambda sk: sk >= values[":since"]


def _holds(condition: str, there: Item | None, asked: Mapping[str, Any]) -> bool:
    """Decide a condition: comparisons, joined by AND and OR, with one level of brackets."""
    if not condition:
        return True
    whole = re.sub(r"\(([^()]* AND [^()]*)\)", lambda m: m[1].replace(" AND ", " & "), condition)
    return any(
        all(_compares(each.strip(), there or {}, asked) for each in option.split(" & "))
        for option in whole.split(" OR ")
    )


def _compares(text: str, there: Item, asked: Mapping[str, Any]) -> bool:
    if text == "attribute_not_exists(pk)":
        return not there
    name, sign, value = text.split()
    attribute = there.get(asked.get("ExpressionAttributeNames", {}).get(name, name))
    if attribute is None:
        return False
    ((kind, left),), ((_, right),) = (
        attribute.items(),
        asked["ExpressionAttributeValues"][value].items(),
    )
    if kind == "N":
        left, right = int(left), int(right)
    return bool(
        {"=": left == right, "<": left < right, "<=": left <= right, ">=": left >= right}[sign]
    )
