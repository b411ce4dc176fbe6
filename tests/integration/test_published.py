"""Only published notices are known: on a table as the template creates it."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.published import PublishedNotices, RecordedNotices
from costguard.adapters.dynamodb.table import Table
from costguard.app.event_context import SWEPT
from costguard.common.errors import SourceUnavailableError
from costguard.enforcement.case import open_case
from costguard.enforcement.notice_builder import build_held_back, build_notice, notice_id
from costguard.notifications.notice import (
    Notice,
    NoticeFinding,
    NoticeOwner,
    NoticeResource,
    NoticeStage,
)
from costguard.notifications.schema import decode_notice, encode_published
from tests.factories import notebook, policy
from tests.fakes import override
from tests.integration.aws import answering, refusal
from tests.integration.test_table import table

MADE = datetime.fromisoformat("2026-11-23T10:00:00.250+00:00")
BOX = notebook("DoeJohn-A", tags={})
FOUND = NoticeFinding(rule="missing-tags", reason="no tags", remedy="add them")
OURS = build_notice(NoticeStage.WARNING, BOX, [FOUND], policy(), now=MADE)
NOW, DAY = MADE + timedelta(minutes=1), timedelta(days=1)
FORGED = replace(OURS, owner=NoticeOwner(email="evil@example.org"), findings=())


class Ledger:
    """One table, and what is published."""

    def __init__(self) -> None:
        self.table = table()
        self.cases, self.audit = DynamoDbCases(self.table), DynamoDbAudit(self.table)
        self.markers, self.known = DynamoDbMarkers(self.table), PublishedNotices(self.table)
        self.messages: list[str] = []
        self.fails = False

    def publish_each(self, notices: Sequence[Notice]) -> Mapping[str, Exception]:
        """Stand for the topic."""
        if self.fails:
            raise TimeoutError
        self.messages += map(encode_published, notices)
        return {}

    def find(self, notice: Notice, sent: datetime = NOW, now: datetime = NOW) -> Notice | None:
        """Ask about what a message says."""
        return self.known.find(decode_notice(json.loads(encode_published(notice))), sent, now)

    @property
    def recorded(self) -> RecordedNotices:
        """What the guard publishes with."""
        return RecordedNotices(self.table, self)


@pytest.fixture
def ledger() -> Ledger:
    """Make a ledger in which this version has swept."""
    made = Ledger()
    made.known.begin(MADE - DAY)
    made.markers.mark_time(SWEPT, MADE - DAY)
    return made


@pytest.mark.parametrize("number", [2, 12])
def test_a_notice_that_cannot_be_stored_is_refused_and_its_neighbours_are_published(
    number: int,
) -> None:
    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems" or asked["Item"]["sk"]["S"].endswith("#n1"):
            raise refusal("ValidationException", "item size has exceeded the maximum")
        return {}

    notices, topic = [replace(OURS, id=f"n{each}") for each in range(number)], Ledger()
    stored = RecordedNotices(Table(answering("dynamodb", answer), "ledger"), topic)
    assert {*stored.publish_each(notices)} == {"n1"}
    assert [json.loads(each)["id"] for each in topic.messages] == [
        each.id for each in notices if each.id != "n1"
    ]


def test_what_was_published_is_known_as_it_was_published(ledger: Ledger) -> None:
    ledger.recorded.publish_each([OURS])
    found = ledger.find(FORGED)
    assert found == decode_notice(json.loads(ledger.messages[0]))
    assert found.findings == (FOUND,)


def test_it_is_written_down_before_anybody_can_read_it(ledger: Ledger) -> None:
    ledger.fails = True
    with pytest.raises(TimeoutError):
        ledger.recorded.publish_each([OURS])
    assert ledger.find(OURS)


@pytest.mark.parametrize(
    "forged",
    [
        OURS,
        replace(OURS, id="0" * 32),
        replace(OURS, time=OURS.time + timedelta(seconds=1)),
        replace(OURS, time=OURS.time - 400 * DAY),
        build_held_back([BOX], policy(), now=MADE),
        replace(OURS, stage=NoticeStage.BUDGET, resource=NoticeResource(kind="budget", name="x")),
    ],
)
def test_what_was_not_published_is_not_known(ledger: Ledger, forged: Notice) -> None:
    ledger.recorded.publish_each([replace(OURS, id="another")])
    assert ledger.find(forged) is None


def test_in_a_ledger_that_never_saw_a_sweep_nothing_is_known() -> None:
    assert Ledger().find(OURS) is None


def test_what_came_to_the_queue_before_this_version_swept_is_an_earlier_ones() -> None:
    ledger = Ledger()
    ledger.markers.mark_time(SWEPT, MADE - DAY)  # by the earlier version
    assert ledger.find(replace(OURS, id="one"))
    ledger.known.begin(MADE)
    ledger.known.begin(NOW + DAY)  # it is noted once
    early, late = MADE - timedelta(seconds=1), MADE + timedelta(seconds=1)
    assert ledger.find(replace(OURS, id="two"), sent=early)
    assert ledger.find(replace(OURS, id="three"), sent=late) is None
    assert ledger.find(replace(OURS, id="two"), sent=late)  # once taken it has a row: reminders


def audited(ledger: Ledger) -> Notice:
    ledger.audit.record("told-warning", BOX, MADE, {"notice": OURS.id})
    return OURS


def audited_hold(ledger: Ledger) -> Notice:
    held = build_held_back([BOX, notebook("DoeJohn-B")], policy(), now=MADE)
    ledger.audit.record("told-held-back", BOX, MADE, {"notice": held.id})
    return held


def in_an_outbox(ledger: Ledger) -> Notice:
    ledger.cases.save(replace(open_case(BOX), outbox=(OURS,)), None, MADE)
    return OURS


def marked_budget(ledger: Ledger) -> Notice:
    ledger.markers.mark_time("budget owner Jane Roe 2026-11", MADE)
    key, about = (
        "budget/owner/Jane Roe/2026-11",
        NoticeResource(kind="budget", name="owner Jane Roe"),
    )
    told = notice_id(NoticeStage.WARNING, [key], ["over-budget"], MADE)
    return replace(OURS, id=told, stage=NoticeStage.BUDGET, resource=about)


@pytest.mark.parametrize("left", [audited, audited_hold, in_an_outbox, marked_budget])
def test_a_dead_letter_of_an_earlier_version_is_known_by_what_it_left(
    ledger: Ledger, left: Callable[[Ledger], Notice]
) -> None:
    told = left(ledger)
    found = ledger.find(told)
    assert found is not None
    assert found.id == told.id
    assert ledger.find(replace(told, id="0" * 32)) is None
    assert ledger.find(told)  # again


def test_of_what_waits_in_an_outbox_the_ledgers_words_count(ledger: Ledger) -> None:
    in_an_outbox(ledger)
    found = ledger.find(FORGED)
    assert found is not None
    assert found.findings == (FOUND,)


def test_after_a_month_only_a_row_counts(ledger: Ledger) -> None:
    told = audited(ledger)
    assert ledger.find(told, now=MADE + 31 * DAY) is None


def test_the_oldest_of_the_newest_that_nobody_took_is_told(ledger: Ledger) -> None:
    assert ledger.known.oldest_untaken(NOW) is None
    for number in range(3):
        made = replace(OURS, id=f"n{number}", time=OURS.time + timedelta(minutes=number))
        ledger.recorded.publish_each([made])
    assert ledger.known.oldest_untaken(NOW) == OURS.time
    assert ledger.find(replace(OURS, id="n0"))
    assert ledger.known.oldest_untaken(NOW) == OURS.time + timedelta(minutes=1)
    assert ledger.known.oldest_untaken(NOW + 2 * DAY) is None  # an alarm has been


def test_the_token_is_the_ledgers_whoever_asks_first(ledger: Ledger) -> None:
    token = ledger.known.token()
    assert len(token) == 64
    assert PublishedNotices(ledger.table).token() == token == ledger.known.token()
    assert ledger.known.oldest_untaken(NOW) is None


def test_a_ledger_that_keeps_no_token_believes_nobody(ledger: Ledger) -> None:
    broken: Any = override(ledger.table, get=lambda *_: None)
    with pytest.raises(SourceUnavailableError):
        PublishedNotices(broken).token()


def test_a_notice_that_is_published_again_has_to_be_taken_again(ledger: Ledger) -> None:
    ledger.recorded.publish_each([OURS])
    assert ledger.find(OURS)
    assert ledger.known.oldest_untaken(NOW) is None
    ledger.recorded.publish_each([OURS])
    assert ledger.known.oldest_untaken(NOW) == OURS.time
