"""The ledger on a table as the template makes it."""

import json
from collections.abc import Iterator
from copy import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.work import DynamoDbWork
from costguard.app.event_context import SWEPT, EventContext
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import FindingState, open_case
from costguard.ownership.creator import Creator
from costguard.resources.activity import WorkMemory
from costguard.resources.events import ResourceEvent
from tests.factories import at, mark, notebook, waiting
from tests.integration.aws import answering, client, refuse, scripted
from tests.soak import in_memory_table

NEW = open_case(notebook())
WAITING = waiting("x")


class Ledger:
    """What is kept in one table."""

    def __init__(self, dynamodb: Any) -> None:
        self.table = Table(dynamodb, "ledger")
        self.cases, self.audit = DynamoDbCases(self.table), DynamoDbAudit(self.table)
        self.markers = DynamoDbMarkers(self.table)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with mock_aws():
        dynamodb = client("dynamodb")
        dynamodb.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        yield Ledger(dynamodb)


def rows(ledger: Ledger, pk: str) -> list[dict[str, Any]]:
    found: Any = ledger.table.dynamodb.scan(TableName="ledger")["Items"]
    return [row for row in found if row["pk"]["S"] == pk]


def test_what_was_never_written_is_not_there(ledger: Ledger) -> None:
    assert ledger.cases.get(NEW.ref) is None
    assert list(ledger.cases.all()) == []
    assert ledger.markers.last_time("swept") is None


def test_a_case_is_read_as_it_was_written_with_its_version_counted(ledger: Ledger) -> None:
    marked = replace(NEW, findings={"naming": mark(FindingState.WARNED, at(4))})
    assert ledger.cases.save(marked, None, at(0))
    assert ledger.cases.get(NEW.ref) == replace(marked, version=1)
    assert list(ledger.cases.all()) == [replace(marked, version=1)]


def test_the_name_is_found_in_any_case(ledger: Ledger) -> None:
    ledger.cases.save(NEW, None, at(0))
    assert ledger.cases.get(replace(NEW, name=NEW.name.lower()).ref) is not None


def test_only_one_of_two_first_writers_wins(ledger: Ledger) -> None:
    assert ledger.cases.save(NEW, None, at(0))
    assert not ledger.cases.save(NEW, None, at(0))


def test_only_one_of_two_later_writers_wins(ledger: Ledger) -> None:
    ledger.cases.save(NEW, None, at(0))
    read = ledger.cases.get(NEW.ref)
    assert read is not None
    assert ledger.cases.save(replace(read, stops=1), read, at(1))
    assert not ledger.cases.save(replace(read, stops=9), read, at(1))
    assert (stored := ledger.cases.get(NEW.ref))
    assert (stored.stops, stored.version) == (1, 2)


def test_a_closed_case_expires_and_an_open_one_does_not(ledger: Ledger) -> None:
    ledger.cases.save(NEW, None, at(0))
    [row] = rows(ledger, "case")
    assert row["expires"] == {"N": str(int((at(0) + timedelta(days=30)).timestamp()))}
    [closed] = ledger.cases.all()
    ledger.cases.save(replace(closed, gaps=("naming",)), closed, at(1))
    assert "expires" not in rows(ledger, "case")[0]


def test_a_case_with_a_notice_to_send_does_not_expire(ledger: Ledger) -> None:
    ledger.cases.save(replace(NEW, outbox=(WAITING,)), None, at(0))
    assert "expires" not in rows(ledger, "case")[0]


def test_every_case_is_read_page_by_page(ledger: Ledger) -> None:
    long = replace(WAITING, id="x" * 100_000)
    for number in range(15):  # more than the megabyte of one page
        ledger.cases.save(replace(NEW, name=f"n-{number}", outbox=(long,)), None, at(0))
    assert len(list(ledger.cases.all())) == 15


def test_an_action_is_written_down_for_good(ledger: Ledger) -> None:
    ledger.audit.record("asked-to-stop", notebook(), at(0), {"naming": "a bad name", "at": at(0)})
    [row] = rows(ledger, "audit#2026-11")
    assert row["sk"]["S"] == (
        "2026-11-23T14:00:00+00:00#notebook-instance/doejohn-exploresagemaker#asked-to-stop"
    )
    assert json.loads(row["details"]["S"]) == {"naming": "a bad name", "at": str(at(0))}
    assert row["what"]["S"] == "asked-to-stop"
    assert "expires" not in row


def test_one_action_on_many_is_written_down_as_on_each(ledger: Ledger) -> None:
    many = [notebook(f"n-{number}") for number in range(7)]
    details = {"naming": "a bad name"}
    ledger.audit.record("asked-to-stop", many[0], at(0), details)
    ledger.audit.record_each([AuditRecord("asked-to-stop", each, details) for each in many], at(0))
    written = rows(ledger, "audit#2026-11")
    assert len(written) == len(many)
    assert len({(row["details"]["S"], row["what"]["S"]) for row in written}) == 1


def test_several_cases_are_read_together_but_for_one_that_cannot_be(ledger: Ledger) -> None:
    good, bad, new = notebook("good"), notebook("bad"), notebook("new")
    for each in (good, bad):
        assert ledger.cases.save(open_case(each), None, at(0))
    ledger.cases.table.put({"pk": "case", "sk": bad.ref.key, "case": "{", "version": 1})
    found = ledger.cases.get_each([good.ref, bad.ref, new.ref])
    assert found == {good.ref.key: replace(open_case(good), version=1)}


def test_a_note_is_recalled_with_its_latest_time(ledger: Ledger) -> None:
    ledger.markers.mark_time("swept", at(0))
    ledger.markers.mark_time("swept", at(1))
    assert ledger.markers.last_time("swept") == at(1)


def test_any_other_refusal_is_raised() -> None:
    dynamodb, script = scripted("dynamodb")
    refuse(script, "put_item", "ProvisionedThroughputExceededException")
    with pytest.raises(ClientError):
        Ledger(dynamodb).cases.save(NEW, None, at(0))


def test_there_are_so_many_places_and_each_is_taken_once(ledger: Ledger) -> None:
    refs = [notebook(f"n-{number}").ref for number in range(3)]
    assert [ledger.markers.acquire_stop_slot(ref, at(0), 2) for ref in refs] == [True, True, False]
    assert ledger.markers.acquire_stop_slot(refs[1], at(0), 2)
    assert ledger.markers.acquire_stop_slot(refs[2], at(1), 2)


CREATED = ResourceEvent(ref=NEW.ref, time=at(2), creator="jane")
KNOWN = EventContext(case=replace(NEW, version=1), swept=at(1), creator=Creator("jane", at(2)))


def remember(ledger: Ledger) -> None:
    ledger.cases.save(NEW, None, at(0))
    ledger.markers.mark_time(SWEPT, at(1))
    ledger.markers.record_creator(NEW.ref, "jane", at(2))


def test_what_an_event_needs_is_remembered(ledger: Ledger) -> None:
    assert ledger.markers.event_context(CREATED) == EventContext()
    remember(ledger)
    assert ledger.markers.event_context(CREATED) == KNOWN
    assert ledger.markers.event_context(replace(CREATED, creator=None)) == KNOWN
    assert ledger.markers.creator(NEW.ref) == "jane"


def test_who_created_several_resources_is_read_in_calls_of_a_hundred(ledger: Ledger) -> None:
    refs = [replace(NEW, name=f"n{number}").ref for number in range(130)]
    for ref in refs[::2]:
        ledger.markers.record_creator(ref, "jane", at(2))
    assert ledger.markers.who_created([*refs, refs[0]]) == {
        ref.key: Creator("jane", at(2)) for ref in refs[::2]
    }
    assert ledger.markers.who_created(()) == {}


def test_what_an_answer_had_no_room_for_is_read_alone() -> None:
    table, asked = in_memory_table.Table(lambda _: None), list[str]()
    serve = {"PutItem": table.put, "GetItem": table.get}
    serve["BatchGetItem"] = partial(table.get_each, most=1)

    def answer(operation: str, params: dict[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        return serve[operation](params)

    ledger = Ledger(answering("dynamodb", answer))
    remember(ledger)
    assert ledger.markers.event_context(CREATED) == KNOWN
    assert asked[3:] == ["BatchGetItem", "GetItem", "GetItem"]


THERE = "222233334444/eu-west-1"


def test_events_take_the_places_of_their_account(ledger: Ledger) -> None:
    here, there = notebook("n").ref, notebook("n", place=THERE).ref
    assert ledger.markers.acquire_stop_slot(here, at(0), 1)
    assert ledger.markers.acquire_stop_slot(there, at(0), 1, "222233334444")
    assert not ledger.markers.acquire_stop_slot(notebook("m").ref, at(0), 1, "222233334444")


def test_what_is_kept_of_two_of_one_name_in_two_accounts_is_kept_apart(ledger: Ledger) -> None:
    here, there = notebook("n"), notebook("n", place=THERE)
    for each, login in ((here, "jane"), (there, "john")):
        assert ledger.cases.save(open_case(each), None, at(0))
        ledger.markers.record_creator(each.ref, login, at(0))
        ledger.audit.record("asked-to-stop", each, at(1), {})
    assert [case.ref.place for case in ledger.cases.all()] == [THERE, ""]
    assert ledger.cases.get(there.ref) == replace(open_case(there), version=1)
    created = ledger.markers.who_created([here.ref, there.ref])
    assert {key: each.login for key, each in created.items()} == {
        here.ref.key: "jane",
        there.ref.key: "john",
    }
    entries = list(ledger.audit.entries(at(0), at(2)))
    assert {entry.ref for entry in entries} == {here.ref, there.ref}


def test_the_work_of_notebooks_is_recalled_place_by_place(ledger: Ledger) -> None:
    work = DynamoDbWork(ledger.table)
    books = {place: [notebook(f"n-{n}", place=place) for n in range(2)] for place in ("", THERE)}
    for each in (*books[""], *books[THERE]):
        work.keep(each.ref, WorkMemory(), at(0))
    keys = {place: {each.ref.key for each in some} for place, some in books.items()}
    assert work.recall(books[THERE]).keys() == keys[THERE]
    assert work.recall(books[""]).keys() >= keys[""]
    assert work.recall(books[THERE][:1]).keys() == {books[THERE][0].ref.key}
