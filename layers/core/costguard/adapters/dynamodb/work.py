"""The remembered activity of notebooks, in the ledger table.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| work          | kind/name           | when it was seen working, its counters  | 30 d            |
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import ALL, beginning
from costguard.adapters.dynamodb.table import Table, expiry, read_json
from costguard.common.codec import encode
from costguard.common.errors import StoredDataInvalid
from costguard.resources.activity import WorkMemory
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME

_PARTITION = "work"
_KEPT = timedelta(days=30)


class DynamoDbWork(Struct, frozen=True):
    """One row for each notebook, written after an observation. An unreadable row counts as none."""

    table: Table

    def recall(self, notebooks: Sequence[Resource]) -> Mapping[str, WorkMemory]:
        """Read the row of one notebook, or all rows."""
        if len(notebooks) == 1:
            row = self.table.get(_PARTITION, notebooks[0].ref.key)
            rows = [row] if row else []
        else:
            place = notebooks[0].place if notebooks else HOME  # all are of one place
            rows = list(self.table.query(_PARTITION, beginning(f"{place}/") if place else ALL))
        found = ((str(row["sk"]), _read(row)) for row in rows)
        return {key: work for key, work in found if work}

    def keep(self, ref: ResourceRef, work: WorkMemory, now: datetime) -> None:
        """Write the row of one notebook unconditionally."""
        row: dict[str, str | int] = {"pk": _PARTITION, "sk": ref.key, "work": encode(work)}
        self.table.put(row | expiry(now + _KEPT))


def _read(row: TableRow) -> WorkMemory | None:
    try:
        return read_json(row, "work", WorkMemory)
    except StoredDataInvalid:
        return None
