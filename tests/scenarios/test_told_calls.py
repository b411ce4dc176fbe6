"""Calls whose cost nothing watches: the admins read of each, once a day for each caller."""

import json
from copy import replace
from pathlib import Path
from typing import Any

import pytest

from costguard.app.watch import watch
from costguard.resources.coverage import COVERAGE, Coverage, Operation
from costguard.resources.told_calls import told_call
from tests.factories import at, policy
from tests.fakes import Refused, override
from tests.scenarios.account import Account

RECORDED = Path(__file__).parents[2] / "events" / "create-project.json"
TOLD = list(COVERAGE.listed(Coverage.TOLD))
PERSON = {"type": "IAMUser", "userName": "jane"}
ROLE = "arn:aws:sts::123456789012:assumed-role/pipelines"


def call(operation: str, hours: float = 0, **changes: Any) -> dict[str, Any]:
    """Give CloudTrail's event of a call, as it was recorded, with another name and changes."""
    event: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    event["time"] = at(hours).isoformat()
    event["detail"] |= {"eventName": operation, "userIdentity": PERSON, **changes}
    return event


def asked(row: Operation) -> dict[str, Any]:
    return {"thingName": "mine"} | ({row.asks: {"x": 1}} if row.asks else {})


def session(name: str, **more: Any) -> dict[str, Any]:
    issuer = {"sessionContext": {"sessionIssuer": {"userName": "pipelines"}}}
    return {"type": "AssumedRole", "arn": f"{ROLE}/{name}", **issuer, **more}


@pytest.fixture
def account() -> Account:
    return Account(policy())


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.operation)
def test_the_admins_read_of_every_call_that_is_told(account: Account, row: Operation) -> None:
    assert account.deliver(call(row.operation, requestParameters=asked(row))) == "told"
    [text] = account.summaries
    assert f"jane called {row.operation} (mine) in account 123456789012, us-east-2: " in text
    assert row.why in text


def test_a_recorded_call_is_told_with_the_person_who_made_it(account: Account) -> None:
    assert account.deliver(json.loads(RECORDED.read_text(encoding="utf-8"))) == "told"
    assert "john.doe@example.org called CreateProject (churn)" in account.summaries[0]
    assert account.described == []


def test_a_training_session_that_the_sdk_cannot_list_is_told_when_it_is_made(
    account: Account,
) -> None:
    made = RECORDED.with_name("create-training-session.json")
    assert account.deliver(json.loads(made.read_text(encoding="utf-8"))) == "told"
    said = "john.doe@example.org called CreateTrainingSession (DoeJohn-llama-lora)"
    assert said in account.summaries[0]
    assert "a training session bills for tokens" in account.summaries[0]


def test_it_is_told_once_a_day_for_each_person_and_operation(account: Account) -> None:
    assert account.deliver(call("CreateProject")) == "told"
    assert account.deliver(call("CreateProject", 23)) == "told-before"
    assert account.deliver(call("UpdateProject", 23)) == "told"
    other = {"type": "IAMUser", "userName": "joe"}
    assert account.deliver(call("CreateProject", 23, userIdentity=other)) == "told"
    assert account.deliver(call("CreateProject", 24)) == "told"
    assert len(account.summaries) == 4


def test_the_sessions_that_a_machine_numbers_are_one_caller(account: Account) -> None:
    for name in ("botocore-session-1732790001", "botocore-session-1732790002"):
        account.deliver(call("CreateProject", userIdentity=session(name)))
    assert len(account.summaries) == 1


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (session("jane@example.org"), "jane@example.org"),
        (session("SageMaker"), "the role pipelines"),
        ({"type": "Root"}, "Root"),
        ({"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}, "cloudformation"),
        ("odd", "somebody"),
    ],
)
def test_whoever_called_is_named(account: Account, identity: Any, said: str) -> None:
    account.deliver(call("CreateProject", userIdentity=identity))
    assert account.summaries[0].startswith(said)


def test_what_others_wrote_is_one_short_line(account: Account) -> None:
    evil = {"projectName": "x\u202e\n\nSubject: all is well " + "y" * 900}
    account.deliver(call("CreateProject", requestParameters=evil))
    lines = account.summaries[0].splitlines()
    assert not [line for line in lines if line.startswith("Subject")]
    assert max(map(len, lines)) < 400
    assert "\u202e" not in account.summaries[0]


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("CreateProject", {"errorCode": "AccessDenied"}),
        ("CreateProject", {"eventSource": "lambda.amazonaws.com"}),
        ("DeleteProject", {}),
        ("CreateModelPackage", {"requestParameters": {"modelPackageName": "m"}}),
    ],
)
def test_what_costs_nothing_is_not_told(
    account: Account, operation: str, changes: dict[str, Any]
) -> None:
    assert account.deliver(call(operation, **changes)) == "ignored-call"
    assert account.summaries == []


def test_what_cannot_be_published_is_told_when_it_is_tried_again(account: Account) -> None:
    def refuse(_text: str) -> None:
        raise Refused

    ports, event = account.watch_ports, call("CreateProject")
    broken = replace(ports, texts=override(ports.texts, publish=refuse))
    with pytest.raises(Refused):
        watch(broken, event, now=at(0))
    assert account.deliver(event) == "told"


def test_an_event_without_any_detail_is_no_call() -> None:
    assert told_call({"detail-type": "AWS API Call via CloudTrail", "detail": None}) is None
