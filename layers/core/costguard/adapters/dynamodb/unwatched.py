"""What the guard only tells of, as the sweep saw it last, in the ledger table.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| note          | unwatched           | what bills, and what could not be read  | never           |
"""

from datetime import UTC
from functools import partial

from msgspec import Struct

from costguard.adapters.dynamodb.table import Table, read_json
from costguard.adapters.dynamodb.unreadable import read_or
from costguard.common.codec import encode
from costguard.resources.unwatched import UnwatchedList


class DynamoDbUnwatched(Struct, frozen=True):
    """One row, written over what there is. What cannot be read is as good as no row."""

    table: Table

    def last_unwatched(self) -> UnwatchedList | None:
        """Read it; None for never."""
        row = self.table.get("note", "unwatched")
        return read_or(row, partial(read_json, column="list", kind=UnwatchedList), None)

    def keep_unwatched(self, seen: UnwatchedList) -> None:
        """Write it."""
        time = seen.time.astimezone(UTC).isoformat()  # earlier versions read it from every note
        self.table.put({"pk": "note", "sk": "unwatched", "time": time, "list": encode(seen)})
