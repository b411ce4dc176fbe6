"""The last good rosters in the ledger table.

| pk            | sk                  | what                                       | expires |
|---------------|---------------------|--------------------------------------------|---------|
| roster        | a file              | the version that is kept                   | 400 d   |
| roster        | people of: a file   | the people of it, as compressed JSON       | 400 d   |

One that has expired is read again from its file, if the policy still names it. Each call of a
function reads the short row, and the long one only when the version has changed.
"""

import base64
import zlib
from collections.abc import Iterable
from datetime import timedelta

from msgspec import Struct, field

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.table import Table, expiry
from costguard.adapters.dynamodb.unreadable import read_or
from costguard.common.codec import decode, encode
from costguard.ownership.kept_roster import KeptRoster
from costguard.ownership.roster_text import RosterInvalid, RosterProblem

_PARTITION = "roster"
_PEOPLE = "people of: "
_KEPT = timedelta(days=400)
_MOST = 390_000  # characters: a row has 400 KB


class DynamoDbRosters(Struct):
    """Rosters by file, cached while the container lives."""

    table: Table
    _known: dict[str, KeptRoster] = field(default_factory=dict)

    def kept_roster(self, file: str) -> KeptRoster | None:
        """Read the last good roster; None for none."""
        row = self.table.get(_PARTITION, file)
        known = self._known.get(file)
        if row is None or (known and known.version == row.get("version")):
            return known if row else None
        people = self.table.get(_PARTITION, _PEOPLE + file)
        found = read_or(people, _people, None)
        if found:
            self._known[file] = found
        return found

    def kept_rosters(self, files: Iterable[str]) -> dict[str, KeptRoster]:
        """Read several; those that there are."""
        found = {file: self.kept_roster(file) for file in files}
        return {file: kept for file, kept in found.items() if kept}

    def keep_roster(self, file: str, roster: KeptRoster) -> None:
        """Keep a roster. Raises RosterInvalid if it has too many people for a row."""
        packed = base64.b64encode(zlib.compress(encode(roster).encode(), 9)).decode()
        if len(packed) > _MOST:
            raise RosterInvalid(RosterProblem(1, "", "", "fewer people: about 10,000 fit"))
        row: dict[str, str | int] = {"pk": _PARTITION, **expiry(roster.read + _KEPT)}
        self.table.put({**row, "sk": _PEOPLE + file, "people": packed})
        self.table.put({**row, "sk": file, "version": roster.version})


def _people(row: TableRow) -> KeptRoster | None:
    packed = base64.b64decode(str(row["people"]))
    try:
        text = zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return decode(text, KeptRoster, _PARTITION, str(row["sk"]))
