"""The audit in the ledger table: a row for every action. Rows are never deleted.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| audit#YYYY-MM | time#kind/name#what | every action taken                      | never           |
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import between
from costguard.adapters.dynamodb.table import Table, read_json
from costguard.adapters.dynamodb.together import Put, put_each
from costguard.adapters.dynamodb.unreadable import readable
from costguard.common.codec import encode
from costguard.common.observed import is_weighable, moment
from costguard.enforcement.audit import STOPPED, AuditEntry, AuditRecord, ResourceFacts
from costguard.resources.identity import is_arn
from costguard.resources.model import Resource


class DynamoDbAudit(Struct, frozen=True):
    """The actions, by UTC month and time."""

    table: Table

    def record(
        self, what: str, resource: Resource, now: datetime, details: Mapping[str, object]
    ) -> None:
        """Store an action; such rows do not expire."""
        self.record_each([AuditRecord(what, resource, details)], now)

    def record_each(self, actions: Iterable[AuditRecord], now: datetime) -> None:
        """Store several actions in few calls; of the same action twice, the last one stays."""
        rows = {str(row["sk"]): row for row in (_row(action, now) for action in actions)}
        put_each(self.table, map(Put, rows.values()))

    def entries(self, since: datetime, until: datetime) -> Iterator[AuditEntry]:
        """Read the audit of a period."""
        first, last = since.astimezone(UTC), until.astimezone(UTC)
        month = first.replace(day=1)
        while f"{month:%Y-%m}" <= f"{last:%Y-%m}":
            wanted = between(first.isoformat(), last.isoformat())
            rows = self.table.query(f"audit#{month:%Y-%m}", wanted, consistent=False)
            yield from readable(rows, _entry)
            month = (month + timedelta(days=32)).replace(day=1)


def _row(action: AuditRecord, now: datetime) -> TableRow:
    time, resource = now.astimezone(UTC).isoformat(), action.resource
    return {
        "pk": f"audit#{time[:7]}",
        "sk": f"{time}#{resource.ref.key}#{action.what}",
        "what": action.what,
        "arn": resource.arn,
        "details": json.dumps(action.details, default=str),
        "facts": encode(ResourceFacts.of(resource)),
    }


def _entry(row: TableRow) -> AuditEntry:
    facts = read_json(row, "facts", ResourceFacts)
    time, arn = moment(str(row["sk"]).split("#", 1)[0]), str(row["arn"])
    if time is None or not is_weighable(facts) or not is_arn(arn):
        raise ValueError("no such action")
    what = str(row["what"])
    rules = _rules(row) if what == STOPPED else ()
    return AuditEntry(time, what, facts.resource(arn), rules)


def _rules(row: TableRow) -> tuple[str, ...]:
    """Return the rules of a stop, whose reasons are in its details."""
    try:
        return tuple(map(str, json.loads(str(row.get("details", "{}")))))
    except (ValueError, TypeError):
        return ()
