"""The ledger's table, kept in this process: pages of a megabyte, requests in units of the bill."""

import json
import re
from typing import Any

KEYS = re.compile(
    r"pk = :pk(?: AND begins_with\(sk, (:sk)\)| AND sk >= (:since)"
    r"| AND sk BETWEEN (:since) AND (:until))?"
)
MEGABYTE, A_READ, A_WRITE = 1 << 20, 4096, 1024


class Refused(Exception):
    """What DynamoDB refuses."""


class Ledger:
    """The table, with pages of a megabyte, and its requests in units of the bill."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, tuple[bytes, int]]] = {}  # as JSON, with their weights
        self.reads = self.writes = 0.0

    def answer(self, operation: str, asked: dict[str, Any]) -> bytes:
        """Answer one call. Raises Refused where a condition does not hold."""
        if operation == "PutItem":
            self._put(asked, 1)
            return b"{}"
        if operation == "TransactWriteItems":
            every = [each["Put"] for each in asked["TransactItems"]]
            if any(self._exists_against(each) for each in every):
                raise Refused("TransactionCanceledException")
            for each in every:
                self._put(each, 2)
            return b"{}"
        if operation == "GetItem":
            row = self._row(asked["Key"])
            self._read([row] if row else [], asked)
            return b'{"Item":' + row[0] + b"}" if row else b"{}"
        if operation == "BatchGetItem":
            ((name, of),) = asked["RequestItems"].items()
            found = [row for key in of["Keys"] if (row := self._row(key))]
            for row in found:
                self._read([row], of)
            return b'{"Responses":{"%s":[%s]}}' % (name.encode(), _joined(found))
        return self._query(asked)

    def _row(self, key: dict[str, Any]) -> tuple[bytes, int] | None:
        return self.rows.get(key["pk"]["S"], {}).get(key["sk"]["S"])

    def _exists_against(self, asked: dict[str, Any]) -> bool:
        new = asked.get("ConditionExpression") == "attribute_not_exists(pk)"
        return new and self._row(asked["Item"]) is not None

    def _put(self, asked: dict[str, Any], times: int) -> None:
        item = asked["Item"]
        size = sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())
        self.writes += times * -(-size // A_WRITE)
        if self._exists_against(asked):
            raise Refused("ConditionalCheckFailedException")
        row = json.dumps(item, separators=(",", ":")).encode(), size
        self.rows.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = row

    def _read(self, rows: list[tuple[bytes, int]], asked: dict[str, Any]) -> None:
        units = max(1, -(-sum(size for _, size in rows) // A_READ))
        self.reads += units if asked.get("ConsistentRead") else units / 2

    def _query(self, asked: dict[str, Any]) -> bytes:
        found = KEYS.fullmatch(asked["KeyConditionExpression"])
        values = asked["ExpressionAttributeValues"]
        if found is None:
            raise LookupError(asked["KeyConditionExpression"])
        rows = self.rows.get(values[":pk"]["S"], {})
        begins, low, since, until = (values[n]["S"] if n else "" for n in found.groups())
        low, after = low or since, asked.get("ExclusiveStartKey", {}).get("sk", {}).get("S", "")
        keys = sorted(k for k in rows if k.startswith(begins) and k >= low and k > after)
        keys = [k for k in keys if k <= until] if until else keys
        page, size = list[str](), 0
        for key in keys:
            page.append(key)
            size += rows[key][1]
            if size >= MEGABYTE:
                break
        self._read([rows[key] for key in page], asked)
        more = b""
        if len(page) < len(keys):
            last = {"pk": values[":pk"], "sk": {"S": page[-1]}}
            more = b',"LastEvaluatedKey":' + json.dumps(last).encode()
        return b'{"Items":[' + _joined([rows[key] for key in page]) + b"]" + more + b"}"


def _joined(rows: list[tuple[bytes, int]]) -> bytes:
    return b",".join(row for row, _ in rows)
