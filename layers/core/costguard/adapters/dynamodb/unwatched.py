"""What the guard only tells of, as the sweep saw it last, in the ledger table.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| note          | unwatched           | what bills, and what could not be read  | never           |
| note          | unwatched/a place   | the same of a place besides home        | never           |
"""

from datetime import UTC
from functools import partial

from msgspec import Struct

from costguard.adapters.dynamodb.table import Table, read_json
from costguard.adapters.dynamodb.unreadable import read_or
from costguard.common.codec import encode
from costguard.resources.places import HOME
from costguard.resources.unwatched import UnwatchedList


class DynamoDbUnwatched(Struct, frozen=True):
    """One row a place, written over what there is. What cannot be read is as good as no row."""

    table: Table

    def last_unwatched(self, place: str = HOME) -> UnwatchedList | None:
        """Read that of a place; None for never."""
        row = self.table.get("note", _word(place))
        return read_or(row, partial(read_json, column="list", kind=UnwatchedList), None)

    def keep_unwatched(self, seen: UnwatchedList, place: str = HOME) -> None:
        """Write it."""
        time = seen.time.astimezone(UTC).isoformat()  # earlier versions read it from every note
        self.table.put({"pk": "note", "sk": _word(place), "time": time, "list": encode(seen)})


def _word(place: str) -> str:
    return f"unwatched/{place}" if place else "unwatched"
