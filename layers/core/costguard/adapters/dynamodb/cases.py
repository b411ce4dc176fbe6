"""Cases in the ledger table, read by key and by query, never by scan.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| case          | kind/name           | findings, their deadlines, the outbox   | 30 d after it   |

What else the table holds: `audit`, `markers`, `usage`, and `deliveries`, the rows of `notify`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import replace
from datetime import datetime

from msgspec import Struct

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.table import Table, expiry
from costguard.adapters.dynamodb.together import NEW, Put, put_each
from costguard.adapters.dynamodb.unreadable import ODD_ROW, readable
from costguard.common.errors import StoredDataInvalid
from costguard.enforcement.case import Case, decode_case, encode_case, is_still_due
from costguard.enforcement.given_warnings import standing_warnings
from costguard.notifications.deadlines import StandingWarning
from costguard.resources.model import ResourceRef
from costguard.resources.registry import KINDS

PARTITION = "case"


class DynamoDbCases(Struct, frozen=True):
    """The cases of all resources: one row each, written over the version it was decided from."""

    table: Table

    def get(self, ref: ResourceRef) -> Case | None:
        """Read the case of one resource, as it is now."""
        return read_case(self.table.get(PARTITION, ref.key))

    def get_each(self, refs: Iterable[ResourceRef]) -> Mapping[str, Case]:
        """Read the cases of several, by key; one that cannot be read is left to `get`."""
        rows = self.table.get_all(PARTITION, [ref.key for ref in refs], consistent=True)
        found = dict[str, Case]()
        for key, row in rows.items():
            with suppress(*ODD_ROW):
                found |= {key: case} if (case := read_case(row)) else {}
        return found

    def is_still_due(self, ref: ResourceRef, deadline: datetime) -> bool:
        """Return whether the present case has the warning of that deadline."""
        return is_still_due(self.get(ref), deadline)

    def standing(self, ref: ResourceRef, to: str) -> Mapping[str, StandingWarning]:
        """Read the warnings that stand for a recipient, by rule."""
        return standing_warnings(self.get(ref), to)

    def all(self) -> Iterator[Case]:
        """Read every case, closed ones that have not expired included.

        An unreadable case is reported and left out. Until it is repaired, its resource is decided
        as a new one, and no write of that succeeds. Cases of kinds of a later version are skipped.

        Eventually consistent, at half the price: a write over an older version is refused anyway.
        """
        columns = ("sk", "case", "version")
        rows = self.table.query(PARTITION, consistent=False, columns=columns)
        return readable(rows, _known_kind)

    def save(self, new: Case, old: Case | None, now: datetime) -> bool:
        """Write a case over the one it was decided from; False when another writer was first.

        A closed case expires, after a time in which it still counts.
        """
        return all(self.save_each([(new, old)], now))

    def save_each(
        self, changes: Iterable[tuple[Case, Case | None]], now: datetime
    ) -> Sequence[bool]:
        """Write several so, in few calls; tell of each whether it was written."""
        return put_each(self.table, (_written_over(new, old, now) for new, old in changes))


def _written_over(new: Case, old: Case | None, now: datetime) -> Put:
    version = old.version if old else 0
    new = replace(new, version=version + 1)
    row: dict[str, str | int] = {"pk": PARTITION, "sk": new.ref.key}
    row |= {"case": encode_case(new), "version": new.version, **expiry(new.keep_until(now))}
    return Put(row, "version = :old", {"old": version}) if old else Put(row, NEW)


def read_case(row: TableRow | None) -> Case | None:
    """Read the case that a row holds; None where there is no row.

    Raises StoredDataInvalid, also if the row and its key name different resources or versions.
    """
    if row is None:
        return None
    key = str(row.get("sk"))
    case = decode_case(str(row.get("case", "")), PARTITION, key)
    if (case.ref.key, case.version) != (key, row.get("version", case.version)):
        raise StoredDataInvalid(f"{PARTITION}/{key} cannot be read: its key and its text differ")
    return case


def _known_kind(row: TableRow) -> Case | None:
    case = read_case(row)
    return case if case and case.kind in KINDS else None
