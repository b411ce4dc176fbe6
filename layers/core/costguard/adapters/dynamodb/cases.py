"""The ledger: one DynamoDB table, read by key and by query, never by scan.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| case          | kind/name           | findings, their deadlines, the outbox   | 30 d after it   |
| audit#YYYY-MM | time#kind/name#what | every action taken                      | never           |
| note          | a word              | when something was last done or said    | never           |
| creator       | kind/name           | who made it, from a CloudTrail call     | 400 d           |
| place         | time#number         | what events stopped since that sweep    | 1 d             |

`adapters/dynamodb/deliveries.py` has the rows of `notify`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from costguard.adapters.dynamodb.table import _item
from costguard.app.event_context import SWEPT, Creator, EventContext
from costguard.enforcement.audit import AuditEntry, dump_facts, load_entry
from costguard.enforcement.case import Case, dump, load
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef

_KEPT = timedelta(days=30)
"""How long a closed case still counts earlier stops."""
_CREATOR_KEPT = timedelta(days=400)
_PLACE_KEPT = timedelta(days=1)

type _Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Reads and writes the table with the client it is given."""

    dynamodb: Any
    table: str

    def event_context(self, seen: ResourceEvent) -> EventContext:
        """Read its case, the last sweep and, of a Create call, who made it: in one call."""
        made = {"creator": seen.ref.key} if seen.creator else {}
        rows = self._get_each({"case": seen.ref.key, "note": SWEPT, **made})
        return EventContext(
            case=_case(rows.get("case")),
            swept=_time(rows.get("note")),
            creator=_creator(rows.get("creator")),
        )

    def case(self, ref: ResourceRef) -> Case | None:
        """Read the case of one resource, as it is now."""
        return _case(self._get("case", ref.key))

    def cases(self) -> Iterator[Case]:
        """Read every case, closed ones that have not expired included.

        Eventually consistent, at half the price: a write over an older version is refused anyway.
        """
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "case"}},
        )
        for page in pages:
            for row in page["Items"]:
                yield load(row["case"]["S"])

    def save(self, new: Case, old: Case | None, now: datetime) -> bool:
        """Write a case over the one it was decided from; False when another writer was first."""
        version = old.version if old else 0
        new = replace(new, version=version + 1)
        item = _item("case", new.ref.key, case=dump(new)) | {"version": {"N": str(new.version)}}
        if not new.is_open and not new.outbox:
            item["expires"] = {"N": str(int((now + _KEPT).timestamp()))}
        condition = "version = :old" if old else "attribute_not_exists(pk)"
        return self._put_if(item, condition, {":old": {"N": str(version)}} if old else {})

    def audit(
        self, what: str, resource: Resource, now: datetime, details: Mapping[str, object]
    ) -> None:
        """Write down an action; such rows are kept."""
        moment = now.astimezone(UTC).isoformat()
        said = {
            "what": what,
            "arn": resource.arn,
            "details": json.dumps(details, default=str),
            "facts": dump_facts(resource),
        }
        key = f"{moment}#{resource.ref.key}#{what}"
        self.dynamodb.put_item(TableName=self.table, Item=_item(f"audit#{moment[:7]}", key, **said))

    def actions(self, since: datetime, until: datetime) -> Iterator[AuditEntry]:
        """Read the audit of a period."""
        month = since.astimezone(UTC).replace(day=1)
        while f"{month:%Y-%m}" <= f"{until.astimezone(UTC):%Y-%m}":
            pages = self.dynamodb.get_paginator("query").paginate(
                TableName=self.table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :since AND :until",
                ExpressionAttributeValues={
                    ":pk": {"S": f"audit#{month:%Y-%m}"},
                    ":since": {"S": since.astimezone(UTC).isoformat()},
                    ":until": {"S": until.astimezone(UTC).isoformat()},
                },
            )
            for page in pages:
                for row in page["Items"]:
                    yield load_entry(
                        row["sk"]["S"].split("#", 1)[0],
                        row["what"]["S"],
                        row["arn"]["S"],
                        row["facts"]["S"],
                    )
            month = (month + timedelta(days=32)).replace(day=1)

    def last_time(self, word: str) -> datetime | None:
        """Answer when a word was last noted."""
        return _time(self._get("note", word))

    def mark_time(self, word: str, now: datetime) -> None:
        """Note that something was done or said."""
        self.dynamodb.put_item(
            TableName=self.table, Item=_item("note", word, time=now.astimezone(UTC).isoformat())
        )

    def acquire_stop_slot(self, ref: ResourceRef, since: datetime, most: int) -> bool:
        """Take one of so many places since a moment, or the one it has; False without any left."""
        expires = {"N": str(int((since + _PLACE_KEPT).timestamp()))}
        return any(
            self._put_if(
                _item("place", f"{since.astimezone(UTC).isoformat()}#{number}", holder=ref.key)
                | {"expires": expires},
                "attribute_not_exists(pk) OR holder = :ref",
                {":ref": {"S": ref.key}},
            )
            for number in range(most)
        )

    def record_creator(self, ref: ResourceRef, login: str, now: datetime) -> None:
        """Write down who made a resource."""
        expires = {"N": str(int((now + _CREATOR_KEPT).timestamp()))}
        item = _item("creator", ref.key, by=login) | {"expires": expires}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def creator(self, ref: ResourceRef) -> str | None:
        """Answer who made a resource; None where no call has told."""
        known = _creator(self._get("creator", ref.key))
        return known.login if known else None

    def _put_if(
        self, item: Mapping[str, Any], condition: str, values: Mapping[str, Mapping[str, str]]
    ) -> bool:
        given = {"ExpressionAttributeValues": values} if values else {}
        try:
            self.dynamodb.put_item(
                TableName=self.table, Item=item, ConditionExpression=condition, **given
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _get(self, pk: str, sk: str) -> _Row | None:
        answer = self.dynamodb.get_item(
            TableName=self.table, Key=_item(pk, sk), ConsistentRead=True
        )
        row: _Row | None = answer.get("Item")
        return row

    def _get_each(self, keys: Mapping[str, str]) -> dict[str, _Row]:
        """Read one row of several partitions in one call.

        What AWS left out of its answer is read alone: such a call waits longer with each refusal,
        as AWS asks (BatchGetItem, UnprocessedKeys).
        """
        asked = {"Keys": [_item(pk, sk) for pk, sk in keys.items()], "ConsistentRead": True}
        answer = self.dynamodb.batch_get_item(RequestItems={self.table: asked})
        rows = chain.from_iterable(answer["Responses"].values())
        left = [k for table in answer.get("UnprocessedKeys", {}).values() for k in table["Keys"]]
        alone = (self._get(key["pk"]["S"], key["sk"]["S"]) for key in left)
        return {row["pk"]["S"]: row for row in (*rows, *alone) if row}


def _case(row: _Row | None) -> Case | None:
    return load(row["case"]["S"]) if row else None


def _time(row: _Row | None) -> datetime | None:
    return datetime.fromisoformat(row["time"]["S"]) if row else None


def _creator(row: _Row | None) -> Creator | None:
    """Read who made a resource; when that was told follows from when the row expires."""
    if row is None:
        return None
    expires = datetime.fromtimestamp(int(row["expires"]["N"]), UTC)
    return Creator(row["by"]["S"], expires - _CREATOR_KEPT)
