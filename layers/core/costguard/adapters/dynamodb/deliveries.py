"""Deliveries in the ledger: what was sent to whom, what waits, who could not be reached.

| pk            | sk               | what                                          | expires |
|---------------|------------------|-----------------------------------------------|---------|
| delivery#<to> | time#notice      | one message to one recipient, and its status  | 90 d    |
| unreached     | time#to#notice   | who could not be reached, and why             | 90 d    |
| turn          | resource         | the notice in hand: later ones wait for it    | 1 d     |
| thread        | room#resource    | the Slack message that the others hang on     | 30 d    |
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import SourceUnavailableError
from costguard.notifications.delivery import Delivery, DeliveryStatus

_KEPT, _THREAD_KEPT, _TURN_KEPT = timedelta(days=90), timedelta(days=30), timedelta(days=1)

_NEWEST = 30


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Reads and writes the table with the client it is given."""

    dynamodb: Any
    table: str

    def find(self, row: Delivery) -> Delivery | None:
        """Read the same delivery as it is now."""
        key = {"pk": {"S": f"delivery#{row.to}"}, "sk": {"S": _key(row)}}
        found = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return _delivery(found["Item"]) if "Item" in found else None

    def recent(self, to: str, since: datetime) -> Sequence[Delivery]:
        """Read the newest deliveries of notices made since a moment, without the notices."""
        found = self.dynamodb.query(
            **self._since(f"delivery#{to}", since),
            ProjectionExpression="#t, notice, #a, #s, #u",
            ExpressionAttributeNames={"#t": "to", "#a": "at", "#s": "status", "#u": "until"},
            ScanIndexForward=False,
            Limit=_NEWEST,
        )
        return [_delivery(row) for row in found["Items"]]

    def waiting(self, to: str, since: datetime) -> Sequence[Delivery]:
        """Read all that waits for somebody, oldest first."""
        rows = (_delivery(row) for row in self._query(f"delivery#{to}", since))
        return [row for row in rows if row.status is DeliveryStatus.WAITING and row.body]

    def unreached_since(self, since: datetime) -> Sequence[Delivery]:
        """Read who could not be reached, for the summary. Raises NotTold where AWS refuses."""
        try:
            return [_delivery(row) for row in self._query("unreached", since)]
        except AWS_ERRORS as error:
            raise SourceUnavailableError(str(error)) from error

    def claim(self, row: Delivery, now: datetime) -> bool:
        """Take a delivery in hand; False when it is done, waits, or is in another's hand."""
        free = "attribute_not_exists(pk) OR #s = :retry OR (#s = :claimed AND #u <= :now)"
        return self._put_if(
            _item(f"delivery#{row.to}", _key(row), row),
            free,
            {"#s": "status", "#u": "until"},
            {
                ":retry": DeliveryStatus.RETRY.value,
                ":claimed": DeliveryStatus.CLAIMED.value,
                ":now": _text(now),
            },
        )

    def mark(self, row: Delivery) -> None:
        """Write down how far a delivery has come."""
        item = _item(f"delivery#{row.to}", _key(row), row)
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def unreached(self, row: Delivery) -> None:
        """Write down that somebody could not be reached."""
        key = f"{_text(row.at)}#{row.to}#{row.notice}"
        self.dynamodb.put_item(TableName=self.table, Item=_item("unreached", key, row))

    def take_turn(self, thing: str, order: str, now: datetime, until: datetime) -> bool:
        """Take a resource in hand for one notice; False while an earlier one has it."""
        item = _row("turn", thing, now + _TURN_KEPT, order=order, until=_text(until))
        free = "attribute_not_exists(pk) OR #o >= :order OR #u <= :now"
        names = {"#o": "order", "#u": "until"}
        return self._put_if(item, free, names, {":order": order, ":now": _text(now)})

    def thread(self, room: str, thing: str) -> str | None:
        """Find the message in a Slack conversation that others about a resource hang on."""
        key = {"pk": {"S": "thread"}, "sk": {"S": f"{room}#{thing}"}}
        row = self.dynamodb.get_item(TableName=self.table, Key=key).get("Item")
        return str(row["ts"]["S"]) if row else None

    def begin_thread(self, room: str, thing: str, ts: str) -> None:
        """Remember that message. Slack's `ts` is its time, in seconds."""
        begun = datetime.fromtimestamp(float(ts), UTC)
        item = _row("thread", f"{room}#{thing}", begun + _THREAD_KEPT, ts=ts)
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def _query(self, pk: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        pages = self.dynamodb.get_paginator("query").paginate(**self._since(pk, since))
        for page in pages:
            yield from page["Items"]

    def _since(self, pk: str, since: datetime) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk >= :since",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":since": {"S": _text(since)}},
            "ConsistentRead": True,
        }

    def _put_if(
        self,
        item: Mapping[str, Any],
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, str],
    ) -> bool:
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _key(row: Delivery) -> str:
    return f"{_text(row.at)}#{row.notice}"


def _item(pk: str, sk: str, row: Delivery) -> dict[str, dict[str, str]]:
    optional = {
        "until": row.until and _text(row.until),
        "channel": row.channel,
        "why": row.why,
        "body": json.dumps(row.body, ensure_ascii=False) if row.body else None,
    }
    texts = {"to": row.to, "notice": row.notice, "at": _text(row.at), "status": row.status.value}
    return _row(pk, sk, row.at + _KEPT, **texts, **{k: v for k, v in optional.items() if v})


def _row(pk: str, sk: str, expires: datetime, **texts: str) -> dict[str, dict[str, str]]:
    item = {"pk": {"S": pk}, "sk": {"S": sk}} | {k: {"S": v} for k, v in texts.items()}
    return item | {"expires": {"N": str(int(expires.timestamp()))}}


def _delivery(row: Mapping[str, Any]) -> Delivery:
    text = {name: value["S"] for name, value in row.items() if "S" in value}
    return Delivery(
        to=text["to"],
        notice=text["notice"],
        at=datetime.fromisoformat(text["at"]),
        status=DeliveryStatus(text["status"]),
        until=datetime.fromisoformat(text["until"]) if "until" in text else None,
        channel=text.get("channel"),
        why=text.get("why"),
        body=json.loads(text["body"]) if "body" in text else None,
    )


def _text(moment: datetime) -> str:
    """Spell a moment so that the order of the texts is the order of the times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
