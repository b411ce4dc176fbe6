"""Rows in the ledger and messages in queues that 8c92c59 wrote are read as it meant them."""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import reading
from tests.fixtures.compare import grown, only
from tests.fixtures.old_build import fixture


def as_now(meant: Any) -> Any:
    """Take a budget alert, which that build sent as a warning, for what it is now."""
    is_notice = isinstance(meant, dict) and "resource" in meant
    alert = is_notice and meant["resource"]["kind"] == "budget"
    return meant | {"stage": "budget"} if alert else meant


ROWS: list[dict[str, Any]] = fixture("rows")
MESSAGES: list[dict[str, Any]] = fixture("queues")
MEANING: dict[str, list[Any]] = fixture("meaning")
READ = [(row, told) for row, told in zip(ROWS, MEANING["rows"], strict=True) if told is not None]
READABLE = [m for m in MESSAGES if m["queue"] in {"notices", "stops"}]
SAID = [(m, as_now(meant)) for m, meant in zip(READABLE, MEANING["messages"], strict=True)]
DEAD = [m for m in MESSAGES if m["queue"] == "dead"]
REDRIVE = Path(__file__).parents[2] / "scripts" / "redrive"
KINDS = {"case", "audit", "note", "creator", "place", "delivery"}
KINDS |= {"unreached", "turn", "thread", "usage", "money"}
STATUSES = {"claimed", "retry", "waiting", "sent", "failed"}
STAGES = {"would-stop", "warning", "stopped", "all-clear", "held-back", "failed"}
COMPONENTS = {"notebook", "notebook-volume", "training", "training-warm-pool", "processing"}
COMPONENTS |= {"transform"}
DOCUMENTS = {"case", "usage", "text", "body", "facts"}
NAMES = [f"{reading.family(row)}-{row['sk']['S']}" for row, _ in READ]


def with_documents() -> Iterator[Any]:
    """Give the rows that hold a document."""
    for row, meant in READ:
        if DOCUMENTS & {*row}:
            yield row, meant


def test_every_kind_of_row_and_state_is_among_them() -> None:
    cases = [json.loads(row["case"]["S"]) for row in ROWS if "case" in row]
    usages = [json.loads(row["usage"]["S"]) for row in ROWS if "usage" in row]
    assert {reading.family(row) for row in ROWS} == KINDS
    assert {row["status"]["S"] for row in ROWS if "status" in row} == STATUSES
    stages = {mark["stage"] for case in cases for mark in case["marks"].values()}
    assert stages == {"observed", "told", "warned", "stopped"}
    assert {usage["component"] for usage in usages} == COMPONENTS


def test_every_stage_of_a_notice_and_version_of_a_reference_is_among_them() -> None:
    bodies = [json.loads(m["body"]) for m, _ in SAID]
    assert {body["stage"] for body in bodies if "stage" in body} == STAGES
    versions = {body["schema"] for body in bodies if "schema" in body}
    assert versions == {
        "costguard.stop/1",
        "costguard.stop/2",
        "costguard.notice/1",
        "costguard.later/1",
    }


@pytest.mark.parametrize(("row", "meant"), READ, ids=NAMES)
def test_a_row_is_read_as_it_was_meant(row: dict[str, Any], meant: Any) -> None:
    assert only(reading.meaning(row), meant) == meant


@pytest.mark.parametrize(("row", "meant"), READ, ids=NAMES)
def test_an_attribute_of_a_later_version_is_passed_over(row: dict[str, Any], meant: Any) -> None:
    later: dict[str, Any] = {"later": {"S": "a word"}, "latest": {"M": {"n": {"N": "1"}}}}
    assert only(reading.meaning({**row, **later}), meant) == meant


@pytest.mark.parametrize(("row", "meant"), list(with_documents()))
def test_fields_of_a_later_version_in_a_document_are_passed_over(
    row: dict[str, Any], meant: Any
) -> None:
    later = {
        name: {"S": json.dumps(grown(json.loads(row[name]["S"])))} for name in DOCUMENTS & {*row}
    }
    assert only(reading.meaning({**row, **later}), meant) == meant


@pytest.mark.parametrize(("message", "meant"), SAID)
def test_a_message_is_read_as_it_was_meant(message: dict[str, Any], meant: Any) -> None:
    assert only(reading.said(message), meant) == meant


@pytest.mark.parametrize(("message", "meant"), SAID)
def test_a_message_with_fields_of_a_later_version_is_read(
    message: dict[str, Any], meant: Any
) -> None:
    later = {**message, "body": json.dumps(grown(json.loads(message["body"])))}
    assert only(reading.said(later), meant) == meant


@pytest.mark.parametrize("row", [row for row in ROWS if reading.family(row) == "place"])
def test_a_place_that_was_taken_is_its_holders(row: dict[str, Any]) -> None:
    assert reading.has_place(row, row["holder"]["S"])
    assert not reading.has_place(row, "notebook-instance/another")


@pytest.mark.parametrize("row", [row for row in ROWS if reading.family(row) == "turn"])
def test_a_turn_that_was_taken_is_waited_for_until_it_ends(row: dict[str, Any]) -> None:
    order, until = row["order"]["S"], reading.moment(row["until"]["S"])
    assert reading.has_turn(row, order, until - reading.SECOND)
    assert not reading.has_turn(row, f"{order}#later", until - reading.SECOND)
    assert reading.has_turn(row, f"{order}#later", until)


def test_another_region_whose_guard_is_of_that_build_is_in_the_summary() -> None:
    cases, actions, usages = reading.elsewhere(ROWS)
    kinds = [reading.family(row) for row in ROWS]
    assert (cases, actions) == (kinds.count("case"), kinds.count("audit"))
    assert usages > 0


@pytest.mark.parametrize("letter", DEAD)
def test_a_dead_letter_goes_back_where_it_was_going(letter: dict[str, Any]) -> None:
    beside = {"DeadLetterQueueSourceArn": letter["source"]} if "source" in letter else {}
    told = {"Body": letter["body"], "Attributes": beside}
    to, payload, _why = runpy.run_path(str(REDRIVE))["destination"](told)
    body = json.loads(letter["body"])
    wrapped = "requestPayload" in body
    assert to.split(":")[2] == ("lambda" if wrapped else "sqs")
    assert json.loads(payload) == (body["requestPayload"] if wrapped else body)
