"""The published notices, in the ledger table: only these may be sent by `notify`.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| published     | time#id             | a notice, and whether `notify` took it  | 60 d            |
| published     | since               | from when on every notice has a row     | never           |
| published     | token               | what only our own functions can read    | never           |

A notice of an earlier version has no row. It is accepted if it came to the queue before any sweep
of this version, according to SQS, or if the ledger has other traces of it: the outbox of the case,
the audit, the marker of a budget.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

from msgspec import Struct, field

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.sort_keys import between
from costguard.adapters.dynamodb.table import Table, expires_at
from costguard.adapters.dynamodb.together import Put, put_each
from costguard.app.event_context import SWEPT
from costguard.common.concurrency import together_or_alone
from costguard.common.datetimes import iso_utc
from costguard.common.errors import SourceUnavailableError
from costguard.enforcement.notice_builder import notice_id
from costguard.notifications.notice import Notice, NoticeStage
from costguard.notifications.schema import decode_notice, encode_published
from costguard.resources.model import ResourceRef

if TYPE_CHECKING:
    from costguard.app.ports import NoticePublisher

PARTITION, SINCE, TOKEN = "published", "since", "token"
_KEPT = timedelta(days=60)
_TRACED = timedelta(days=30)
"""An older notice needs a row: traces stay for longer than rows do, and prove less."""
_WITHIN, _NEWEST = timedelta(days=1), 30
_SECOND = timedelta(seconds=1)


class RecordedNotices(Struct, frozen=True):
    """Stores a notice before it publishes it, so that every published notice is known."""

    table: Table
    notices: "NoticePublisher"

    def publish_each(self, notices: Sequence[Notice]) -> Mapping[str, Exception]:
        """Store notices, then publish them; return what was refused, by the notice's id."""
        unrecorded = self._record(notices)
        recorded = [each for each in notices if each.id not in unrecorded]
        return {**unrecorded, **self.notices.publish_each(recorded)}

    def _record(self, notices: Sequence[Notice]) -> Mapping[str, Exception]:
        """Store them in few calls, or each alone where one cannot be; return the errors."""

        def put(some: Sequence[Notice]) -> None:
            put_each(self.table, (Put(_row(each)) for each in some))

        return together_or_alone(notices, put, lambda each: each.id, AWS_ERRORS)


class PublishedNotices(Struct, frozen=True):
    """Reads published notices, and records which were taken."""

    table: Table
    _token: list[str] = field(default_factory=list)  # once it was read

    def find(self, notice: Notice, sent: datetime, now: datetime) -> Notice | None:
        """Return a notice as it was published, and record that it was taken; None if it was not.

        `sent` is when its message came to the queue, according to SQS.
        """
        if row := self.table.get(PARTITION, _key(notice)):
            if "taken" not in row:
                self.table.put({**row, "taken": iso_utc(now)})
            return decode_notice(json.loads(str(row["body"])))
        ours = notice if self._was_sent_before_rows(sent) else self._traced(notice, now)
        if ours is not None:  # later messages about it, such as its reminder, are accepted too
            self.table.put({**_row(ours), "taken": iso_utc(now)})
        return ours

    def as_published(self, name: str, at: datetime) -> Notice | None:
        """Return a notice by its id and time; None if it has no row."""
        row = self.table.get(PARTITION, f"{iso_utc(at)}#{name}")
        return decode_notice(json.loads(str(row["body"]))) if row else None

    def token(self) -> str:
        """Return the ledger's token. The first function that asks for it makes it."""
        if not self._token:
            if self.table.get(PARTITION, TOKEN) is None:
                made: TableRow = {"pk": PARTITION, "sk": TOKEN, "token": token_hex(32)}
                self.table.put_if("attribute_not_exists(pk)", made)
            if (row := self.table.get(PARTITION, TOKEN)) is None:
                raise SourceUnavailableError("the ledger does not keep its token")
            self._token.append(str(row["token"]))
        return self._token[0]

    def begin(self, now: datetime) -> None:
        """Record, once, that every notice has a row from now on."""
        if self.table.get(PARTITION, SINCE, consistent=False) is None:
            row = {"pk": PARTITION, "sk": SINCE, "time": now.astimezone(UTC).isoformat()}
            self.table.put_if("attribute_not_exists(pk)", row)

    def oldest_untaken(self, now: datetime) -> datetime | None:
        """Return the time of the oldest recent notice that was not taken; None for none."""
        lately = between(iso_utc(now - _WITHIN), iso_utc(now + _WITHIN))
        rows = list(self.table.newest(PARTITION, lately, _NEWEST, ("sk", "taken")))
        made = [str(row["sk"]).partition("#")[0] for row in rows if "taken" not in row]
        return min(map(datetime.fromisoformat, made), default=None)

    def _was_sent_before_rows(self, sent: datetime) -> bool:
        """Return whether a message is older than the first sweep with such rows.

        Before that sweep, a ledger with an earlier sweep belongs to an earlier version.
        """
        if since := self.table.get(PARTITION, SINCE):
            return sent < datetime.fromisoformat(str(since["time"]))
        return DynamoDbMarkers(self.table).last_time(SWEPT) is not None

    def _traced(self, notice: Notice, now: datetime) -> Notice | None:
        """Return a notice if the ledger has traces that an earlier version published it."""
        if now - notice.time >= _TRACED:
            return None
        about = notice.resources[0] if notice.resources else notice.resource
        case = DynamoDbCases(self.table).get(about.ref)
        for waiting in case.outbox if case else ():
            if waiting.id == notice.id:
                return waiting
        told = self._was_audited(notice, about.ref) or self._is_a_budgets(notice)
        return notice if told else None

    def _was_audited(self, notice: Notice, ref: ResourceRef) -> bool:
        """Return whether the audit has it, at its own second."""
        made = notice.time.astimezone(UTC)
        first, last = (f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in (made, made + _SECOND))
        rows = self.table.query(f"audit#{made:%Y-%m}", between(first, last))
        return any(
            str(row["sk"]).endswith(f"#{ref.key}#told-{notice.stage}")
            and json.loads(str(row.get("details") or "{}")).get("notice") == notice.id
            for row in rows
        )

    def _is_a_budgets(self, notice: Notice) -> bool:
        """Return whether it has the id of the budget alert that was marked as sent."""
        dimension, _, name = notice.resource.name.partition(" ")
        month = f"{notice.time:%Y-%m}"
        marked = DynamoDbMarkers(self.table).last_time(f"budget {dimension} {name} {month}")
        key, rules = f"budget/{dimension}/{name}/{month}", ("over-budget",)
        stages = (NoticeStage.BUDGET, NoticeStage.WARNING)  # first versions: warning
        return marked is not None and notice.id in {
            notice_id(stage, [key], rules, marked) for stage in stages
        }


def _row(notice: Notice) -> TableRow:
    return {
        "pk": PARTITION,
        "sk": _key(notice),
        "body": encode_published(notice),
        "expires": expires_at(notice.time + _KEPT),
    }


def _key(notice: Notice) -> str:
    return f"{iso_utc(notice.time)}#{notice.id}"
