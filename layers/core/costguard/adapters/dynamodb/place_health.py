"""Since when places besides home cannot be read, in the ledger table.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| note          | unread places       | each with the time of the first failure | never           |
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from msgspec import Struct

from costguard.adapters.dynamodb.table import Table, read_json
from costguard.adapters.dynamodb.unreadable import read_or
from costguard.common.codec import encode
from costguard.common.observed import AwareTime

_KEY = ("note", "unread places")


class DynamoDbPlaceHealth(Struct, frozen=True):
    """One row, written over what there is. What cannot be read is as good as no row."""

    table: Table

    def unread_places(self) -> Mapping[str, datetime] | None:
        """Read the time of each that cannot be read; None for never kept."""
        read = partial(read_json, column="since", kind=dict[str, AwareTime])
        return read_or(self.table.get(*_KEY), read, None)

    def keep_unread_places(self, since: Mapping[str, datetime]) -> None:
        """Keep the times, in place of those before."""
        pk, sk = _KEY
        self.table.put({"pk": pk, "sk": sk, "since": encode(since)})
