"""Deliveries in the ledger, by recipient: sent, waiting and failed.

| pk            | sk               | what                                          | expires |
|---------------|------------------|-----------------------------------------------|---------|
| delivery#<to> | time#notice      | one message to one recipient, and its status  | 90 d *  |
| unreached     | time#to#notice   | who could not be reached, and why             | 90 d    |
| turn          | resource         | the notice in hand: later ones wait for it    | 1 d     |
| thread        | room#resource    | the Slack message that the others hang on     | 30 d    |

`*` or a week longer than the longest grace, where that is more.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from copy import replace
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import since
from costguard.adapters.dynamodb.table import Table, expires_at, read_json
from costguard.adapters.dynamodb.unreadable import ODD_ROW, readable
from costguard.common.codec import decode_builtins, encode
from costguard.common.errors import SourceUnavailableError, StoredDataInvalid
from costguard.common.observed import is_weighable
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.schema import decode_notice, encode_notice

KEPT = timedelta(days=90)
"""How long deliveries are kept, at least."""
_THREAD_KEPT, _TURN_KEPT = timedelta(days=30), timedelta(days=1)

_NEWEST = 30


class DynamoDbDeliveries(Struct, frozen=True):
    """Every message to every recipient, and their order."""

    table: Table
    kept: timedelta = KEPT  # of sent messages; longer than any grace that counts from them

    def find(self, delivery: Delivery) -> Delivery | None:
        """Read the same delivery as it is now."""
        row = self.table.get(_partition(delivery.to), _key(delivery))
        return _delivery(row) if row else None

    def find_each(self, rows: Iterable[Delivery]) -> Mapping[Delivery, Delivery | None]:
        """Read several as they are now; one that cannot be read is left to `find`."""
        keys = {(_partition(row.to), _key(row)): row for row in rows}
        stored, found = self.table.get_many(keys), dict[Delivery, Delivery | None]()
        for key, row in keys.items():
            with suppress(*ODD_ROW):
                found[row] = _delivery(stored[key]) if key in stored else None
        return found

    def recent(self, to: str, after: datetime) -> Sequence[Delivery]:
        """Read the newest deliveries of notices made since a moment, without the notices."""
        columns = ("to", "notice", "at", "status", "until")
        found = self.table.newest(_partition(to), since(_text(after)), _NEWEST, columns)
        return list(readable(found, _delivery))

    def waiting(self, to: str, after: datetime) -> Sequence[Delivery]:
        """Read all waiting messages of a recipient, oldest first."""
        rows = readable(self.table.query(_partition(to), since(_text(after))), _delivery)
        return [row for row in rows if row.is_waiting]

    def unreached_since(self, after: datetime) -> Sequence[Delivery]:
        """Read the failed deliveries. Raises SourceUnavailableError if AWS refuses."""
        try:
            return list(readable(self.table.query("unreached", since(_text(after))), _delivery))
        except AWS_ERRORS as error:
            raise SourceUnavailableError(str(error)) from error

    def claim(self, delivery: Delivery, now: datetime) -> bool:
        """Claim a delivery; False when it is done, waits, or is claimed by another.

        The condition is that of DeliveryStatus: an expired claim is free. It is repeated here
        because only DynamoDB can decide between two concurrent claims.
        """
        return self.table.put_if(
            "attribute_not_exists(pk) OR #status = :retry "
            "OR (#status = :claimed AND #until <= :now)",
            self._row(_partition(delivery.to), _key(delivery), delivery),
            retry=DeliveryStatus.RETRY.value,
            claimed=DeliveryStatus.CLAIMED.value,
            now=_text(now),
        )

    def mark(self, delivery: Delivery) -> None:
        """Store the status of a delivery."""
        self.table.put(self._row(_partition(delivery.to), _key(delivery), delivery))

    def unreached(self, delivery: Delivery) -> None:
        """Store that a recipient could not be reached."""
        key = f"{_text(delivery.at)}#{delivery.to}#{delivery.notice}"
        self.table.put(self._row("unreached", key, delivery))

    def take_turn(self, subject: str, order: str, now: datetime, until: datetime) -> bool:
        """Claim a resource for one notice; False while an earlier notice has it.

        DynamoDB decides between two concurrent claims by the condition; the caller sets the order
        and the duration.
        """
        row: TableRow = {
            "order": order,
            "until": _text(until),
            "expires": expires_at(now + _TURN_KEPT),
        }
        return self.table.put_if(
            "attribute_not_exists(pk) OR #order >= :order OR #until <= :now",
            {"pk": "turn", "sk": subject, **row},
            order=order,
            now=_text(now),
        )

    def _row(self, pk: str, sk: str, delivery: Delivery) -> TableRow:
        """Write a delivery as a row; its time here is counted from when it was sent."""
        since = max(delivery.at, delivery.sent or delivery.at)
        return {"pk": pk, "sk": sk, **_columns(delivery), "expires": expires_at(since + self.kept)}

    def thread(self, room: str, subject: str) -> str | None:
        """Find the first message about a resource in a Slack conversation."""
        row = self.table.get("thread", f"{room}#{subject}", consistent=False)
        return str(row["ts"]) if row else None

    def begin_thread(self, room: str, subject: str, ts: str) -> None:
        """Remember that message. Slack's `ts` is its time, in seconds."""
        expires = expires_at(datetime.fromtimestamp(float(ts), UTC) + _THREAD_KEPT)
        self.table.put({"pk": "thread", "sk": f"{room}#{subject}", "ts": ts, "expires": expires})


def _partition(to: str) -> str:
    return f"delivery#{to}"


def _key(delivery: Delivery) -> str:
    return f"{_text(delivery.at)}#{delivery.notice}"


def _columns(delivery: Delivery) -> TableRow:
    """Write a delivery as columns; unknown values have no column."""
    columns = {
        "to": delivery.to,
        "notice": delivery.notice,
        "at": _text(delivery.at),
        "status": delivery.status.value,
        "until": delivery.until and _text(delivery.until),
        "channel": delivery.channel,
        "why": delivery.why,
        "body": encode(encode_notice(delivery.body)) if delivery.body else None,
        "sent": delivery.sent and _text(delivery.sent),
        "named": delivery.named,
    }
    return {column: text for column, text in columns.items() if text}


def _delivery(row: TableRow) -> Delivery:
    where = ("delivery", str(row.get("to")), str(row.get("notice")))
    delivery = decode_builtins({**row, "body": None}, Delivery, *where)
    body = read_json(row, "body", dict) if "body" in row else None
    found = replace(delivery, body=decode_notice(body)) if body else delivery
    if not is_weighable(found):
        raise StoredDataInvalid(f"{'/'.join(where)} cannot be read: no such time")
    return found


def _text(moment: datetime) -> str:
    """Format a time so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
