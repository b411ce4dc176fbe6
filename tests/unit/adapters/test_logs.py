"""A line of the log: whose answer it is, what it keeps to itself, and that nobody can forge one."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.adapters.logs import correlation_id, log_decision, logged, logger
from costguard.adapters.sqs import SqsStopQueue
from costguard.resources.model import ResourceRef
from tests.factories import at

DOOR = "https://one.lambda-url.us-east-2.on.aws/"


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def message(name: str, body: str = "") -> dict[str, str]:
    return {"messageId": name, "body": body}


def test_a_line_has_its_time_in_utc_its_level_and_the_keys_that_are_not_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_decision("stop decided", resource="training-job/a", owner="", outcome="accepted")
    [line] = printed(capsys)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "INFO",
        "message": "stop decided",
        "service": "costguard",
        "resource": "training-job/a",
        "outcome": "accepted",
    }


@pytest.mark.parametrize(
    "text",
    ['a"}\n{"message": "stop decided"', "a\u2028b\u0085c\r\n", "\u202egpj.exe", "\x00\x1b[2J"],
)
def test_no_text_begins_another_line_or_hides_in_one(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    log_decision("event evaluated", owner=text)
    logger.info("%s", text)
    written = capsys.readouterr().out
    assert written.isascii()
    assert len(written.splitlines()) == 2
    assert [json.loads(line)["level"] for line in written.splitlines()] == ["INFO", "INFO"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("jane.roe@example.org was not verified", "[address] was not verified"),
        ("'jane@localhost' is no address", "'[address]' is no address"),
        ("assumed-role/Admin/jane@example.org, denied", "assumed-role/Admin/[address], denied"),
        ("token xoxb-12-ab34-Z", "token [token]"),
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/[token]"),
        (
            "https://one.notebook.aws?authToken=ab&x=1 refused",
            "https://one.notebook.aws?[query] refused",
        ),
        (f"{DOOR}{'a2' * 16}/0f", f"{DOOR}[token]/0f"),
        ("arn:aws:sagemaker:us-east-2:123456789012:training-job/a", None),
    ],
)
def test_what_is_secret_is_taken_out_wherever_it_stands(
    capsys: pytest.CaptureFixture[str], text: str, shown: str | None
) -> None:
    log_decision("stop decided", why=text)

    @logged
    def fails(_event: object, _context: object) -> None:
        raise ValueError(f"first\n{text}")

    with pytest.raises(ValueError, match="first"):
        fails({}, None)
    decided, failed = printed(capsys)
    assert decided["why"] == (shown or text)
    assert failed["exception"].endswith(f"first\n{shown or text}")


def test_what_is_raised_is_logged_once_and_raised_again(capsys: pytest.CaptureFixture[str]) -> None:
    @logged
    def fails(_event: object, _context: object) -> None:
        raise ExceptionGroup("two", [KeyError("a"), KeyError("b")])

    with pytest.raises(ExceptionGroup):
        fails({"id": "one"}, None)
    [line] = printed(capsys)
    assert (line["level"], line["correlation_id"], line["outcome"]) == ("ERROR", "one", "error")
    assert "KeyError: 'a'" in line["exception"]
    assert "KeyError: 'b'" in line["exception"]


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"id": "event-1"}, "event-1"),
        ({"Records": [message("message-1")]}, "message-1"),
        ({"Records": [message("message-1"), message("message-2")]}, None),
        ({"time": "2026-11-23T14:15:00Z"}, None),
        ({"id": 7}, None),
        ("text", None),
    ],
)
def test_a_line_is_named_after_the_event_or_the_only_message(
    event: object, name: str | None
) -> None:
    assert correlation_id(event) == name


def test_of_an_invocation_nothing_is_left_for_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    @logged
    def handler(_event: object, _context: object) -> None:
        log_decision("looked")

    handler({"id": "one"}, None)
    log_decision("looked")
    first, second = printed(capsys)
    assert first["correlation_id"] == "one"
    assert "correlation_id" not in second


def test_a_stop_is_traced_to_whoever_asked_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    bodies = list[str]()

    class Sqs:
        def send_message(self, **asked: str) -> None:
            bodies.append(asked["MessageBody"])

    @logged
    def watch(_event: object, _context: object) -> None:
        sqs: Any = Sqs()
        SqsStopQueue(sqs, "url").enqueue([ResourceRef("training-job", "a")], at(0))

    @logged
    def enforce(_event: object, _context: object) -> None:
        log_decision("stop decided")

    watch({"id": "event-1"}, None)
    enforce({"Records": [message("message-1", bodies[0])]}, None)
    [line] = printed(capsys)
    assert (line["correlation_id"], line["cause"]) == ("message-1", "event-1")


@pytest.mark.parametrize("body", ['{"cause": 1}', '["cause"]', '{"a": "cause"}', '{"cause"'])
def test_a_message_that_names_no_cause_is_logged_without(
    capsys: pytest.CaptureFixture[str], body: str
) -> None:
    @logged
    def enforce(_event: object, _context: object) -> None:
        log_decision("stop decided")

    enforce({"Records": [message("message-1", body)]}, None)
    [line] = printed(capsys)
    assert "cause" not in line
