"""Small facts in the ledger table: times of last actions, creators, used stop slots.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| note          | a word              | when something was last done or said    | never           |
| note          | in hand: a word     | who is about to say it, until when      | 400 d           |
| creator       | kind/name           | who made it, from a CloudTrail call     | 400 d           |
| place         | time                | how many events stopped since that sweep | 1 d            |
| place         | time#kind/name      | that this was counted among them        | 1 d             |
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from costguard.adapters.dynamodb.cases import PARTITION as CASE
from costguard.adapters.dynamodb.cases import read_case
from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import beginning
from costguard.adapters.dynamodb.table import Table, expires_at
from costguard.adapters.dynamodb.together import Put, put_each
from costguard.adapters.dynamodb.unreadable import read_or
from costguard.app.event_context import SWEPT, EventContext
from costguard.common.observed import moment
from costguard.ownership.creator import Creator
from costguard.resources.events import ResourceEvent
from costguard.resources.model import ResourceRef

_CREATOR_KEPT = timedelta(days=400)
_PLACE_KEPT = timedelta(days=1)
_HAND_KEPT = timedelta(days=400)
_IN_HAND = "in hand: "
_PLACE = "place"


class DynamoDbMarkers(Struct, frozen=True):
    """Facts that are stored and read by key, without any decision."""

    table: Table
    partition: str = "note"  # of its times; the report may write only to `money`

    def event_context(self, event: ResourceEvent) -> EventContext:
        """Read its case, the last sweep and its creator in one call."""
        key = event.ref.key
        rows = self.table.get_each({CASE: key, "note": SWEPT, "creator": key})
        return EventContext(
            case=read_case(rows.get(CASE)),
            swept=_time(rows.get("note")),
            creator=_creator(rows.get("creator")),
        )

    def last_time(self, word: str) -> datetime | None:
        """Return when a marker was last stored."""
        return _time(self.table.get(self.partition, word))

    def last_times(self, words: Collection[str]) -> Mapping[str, datetime]:
        """Return when several markers were last stored; one that lags behind is an older one."""
        rows = self.table.get_all(self.partition, list(words))
        return {word: time for word, row in rows.items() if (time := _time(row))}

    def mark_time(self, word: str, now: datetime) -> None:
        """Store when something was done or sent."""
        self.mark_times([word], now)

    def mark_times(self, words: Iterable[str], now: datetime) -> None:
        """Store the same of several things, in few calls."""
        time = now.astimezone(UTC).isoformat()
        rows = ({"pk": self.partition, "sk": word, "time": time} for word in words)
        put_each(self.table, (Put(row) for row in rows))

    def take_in_hand(self, word: str, now: datetime, until: datetime) -> datetime | None:
        """Claim a message that is about to be sent, for a while; the first time is kept.

        DynamoDB decides between two concurrent claims by the condition.
        """
        sk = f"{_IN_HAND}{word}"
        since = _time(self.table.get(self.partition, sk)) or now
        row: TableRow = {"time": _text(since), "until": _text(until)}
        taken = self.table.put_if(
            "attribute_not_exists(pk) OR #until <= :now",
            {"pk": self.partition, "sk": sk, **row, "expires": expires_at(until + _HAND_KEPT)},
            now=_text(now),
        )
        return since if taken else None

    def acquire_stop_slot(
        self, ref: ResourceRef, since: datetime, most: int, account: str = ""
    ) -> bool:
        """Take one of an account's slots since a time, or keep its own; False if none is left.

        The count is raised before its own row is written: a crash between the two, or the same
        event handled twice at once, uses up one slot more and never allows a stop more.
        """
        window = since.astimezone(UTC).isoformat() + (f"#{account}" if account else "")
        own, expires = f"{window}#{ref.key}", expires_at(since + _PLACE_KEPT)
        known = self.table.get_all(_PLACE, (window, own), consistent=True)
        holders = [] if window in known else self._holders_before(window)
        if own in known or ref.key in holders:
            return True
        taken = len(holders) < most and self.table.count_up(
            {"pk": _PLACE, "sk": window, "expires": expires}, "taken", len(holders), most
        )
        if taken:
            self.table.put({"pk": _PLACE, "sk": own, "expires": expires})
        return taken

    def _holders_before(self, window: str) -> list[str]:
        """Read who holds a slot by the rows of an earlier version, which had one for each slot."""
        rows = self.table.query(_PLACE, beginning(f"{window}#"))
        return [str(row["holder"]) for row in rows if "holder" in row]

    def record_creator(self, ref: ResourceRef, login: str, now: datetime) -> None:
        """Store the creator of a resource."""
        expires = expires_at(now + _CREATOR_KEPT)
        self.table.put({"pk": "creator", "sk": ref.key, "by": login, "expires": expires})

    def who_created(self, refs: Sequence[ResourceRef]) -> Mapping[str, Creator]:
        """Read the creators of several resources; eventually consistent: they do not change."""
        rows = self.table.get_all("creator", [ref.key for ref in refs])
        return {key: known for key, row in rows.items() if (known := _creator(row))}

    def creator(self, ref: ResourceRef) -> str | None:
        """Return who created a resource; None if no call was seen."""
        known = _creator(self.table.get("creator", ref.key))
        return known.login if known else None


def _text(moment: datetime) -> str:
    """Format a time so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _time(row: TableRow | None) -> datetime | None:
    """Read the time of a marker; an unreadable one counts as missing, and is written again."""
    return read_or(row, _moment, None)


def _moment(row: TableRow) -> datetime | None:
    found = moment(row["time"])
    if found is None:
        raise ValueError(row["time"])
    return found


def _creator(row: TableRow | None) -> Creator | None:
    return read_or(row, _told, None)


def _told(row: TableRow) -> Creator | None:
    """Read the creator of a resource; the time of the call follows from the row's expiry."""
    expires = datetime.fromtimestamp(int(row["expires"]), UTC)
    return Creator(str(row["by"]), expires - _CREATOR_KEPT)
