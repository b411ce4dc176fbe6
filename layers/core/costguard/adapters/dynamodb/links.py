"""Links of messages, and what was pressed by them, in the ledger table.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| link          | hash of its token   | whose it is, about what, until when     | 1 d after it    |
| press         | hash#action         | that it is in hand, or what came of it  | 2 d after it    |
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import beginning
from costguard.adapters.dynamodb.table import Table, expires_at, read_json
from costguard.adapters.dynamodb.unreadable import read_or
from costguard.app.door_ports import Pressed
from costguard.common.codec import encode
from costguard.common.observed import moment
from costguard.notifications.links import Link, hash_of, new_token

LINKS, PRESSES = "link", "press"
_KEPT = timedelta(days=1)
_IN_HAND = timedelta(seconds=30)  # the function's timeout


class DynamoDbLinks(Struct, frozen=True):
    """Makes links; only their hashes are stored."""

    table: Table
    url: str  # of the public door, with a slash at its end

    def make(self, link: Link) -> str:
        """Store a new link; return its address."""
        token, expires = new_token(), expires_at(link.until + _KEPT)
        row: TableRow = {
            "pk": LINKS,
            "sk": hash_of(token),
            "link": encode(link),
            "expires": expires,
        }
        self.table.put(row)
        return f"{self.url}{token}"


class DynamoDbPresses(Struct, frozen=True):
    """Reads links, and lets each action of one be taken once."""

    table: Table

    def link(self, token: str) -> Link | None:
        """Read a link; None where there is none by that token."""
        return read_or(self.table.get(LINKS, hash_of(token)), _link, None)

    def taken(self, opened: str) -> frozenset[str]:
        """List the actions that were taken on the page which a link opened."""
        rows = self.table.query(PRESSES, beginning(f"{opened}#"))
        return frozenset(str(row["sk"]).rpartition("#")[2] for row in rows if row.get("says"))

    def begin(self, press: str, now: datetime, until: datetime) -> Pressed | None:
        """Take an action in hand; of two at once, one. None: it is ours."""
        row: TableRow = {
            "pk": PRESSES,
            "sk": press,
            "says": "",
            "until": _text(now + _IN_HAND),
            "expires": expires_at(until + 2 * _KEPT),
        }
        if self.table.put_if("attribute_not_exists(pk) OR #until <= :now", row, now=_text(now)):
            return None
        stored = self.table.get(PRESSES, press) or {}
        return Pressed(says=str(stored.get("says") or ""), at=moment(stored.get("at")))

    def finish(self, press: str, says: str, now: datetime, until: datetime) -> None:
        """Write what came of an action until it may be taken again; at once, if it says nothing."""
        held = until if says else now
        row: TableRow = {"pk": PRESSES, "sk": press, "says": says, "until": _text(held)}
        self.table.put({**row, "at": _text(now), "expires": expires_at(until + 2 * _KEPT)})


def _link(row: TableRow) -> Link:
    return read_json(row, "link", Link)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
