"""`scripts/redrive`: each form that a dead letter has, and where it goes."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from costguard.app.stop_request import StopRequest
from costguard.common.codec import encode
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.notice import DeferredMessage, NoticeStage
from costguard.notifications.schema import encode_deferred, encode_published
from tests.factories import at, notebook, policy

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "redrive"))
NOTICE = encode_published(build_notice(NoticeStage.WARNING, notebook(), [], policy(), now=at(0)))
LATER = encode_deferred(DeferredMessage(due=at(1), to="johndoe"))
STOP = encode(StopRequest(time=at(0), resources=(notebook().ref,)))
FIRST_STOP = json.dumps({"kind": "notebook-instance", "name": "x", "time": at(0).isoformat()})
EVENT = json.dumps({"id": "1", "detail-type": "x", "detail": {}, "time": at(0).isoformat()})
SWEEP = json.dumps({"id": "1", "time": at(0).isoformat()})
REPORT = json.dumps({"id": "1", "time": at(0).isoformat(), "period": "day"})
FUNCTION = "arn:aws:lambda:us-east-2:123456789012:function:costguard-Watch-1"
QUEUE = "arn:aws:sqs:us-east-2:123456789012:costguard-StopQueue-1"


def letter(body: str, source: str = "", **beside: str) -> dict[str, Any]:
    texts = {name: {"DataType": "String", "StringValue": text} for name, text in beside.items()}
    attributes = {"DeadLetterQueueSourceArn": source} if source else {}
    return {"Body": body, "Attributes": attributes, "MessageAttributes": texts}


def wrapped(function: str, **said: object) -> str:
    context = {"functionArn": function, "condition": "RetriesExhausted"}
    return json.dumps({"requestContext": context, "requestPayload": json.loads(EVENT), **said})


SNS = {"RequestID": "r", "ErrorCode": "403", "ErrorMessage": "AccessDenied"}


@pytest.mark.parametrize(
    ("dead", "to", "payload"),
    [
        (letter(STOP, QUEUE), QUEUE, STOP),
        (letter(LATER, QUEUE), QUEUE, LATER),
        (letter(EVENT, TARGET_ARN=FUNCTION, ERROR_CODE="NO_PERMISSIONS"), FUNCTION, EVENT),
        (letter(SWEEP, SCHEDULE_ARN="arn", TARGET_ARN=FUNCTION), FUNCTION, SWEEP),
        (letter(SWEEP, SCHEDULE_ARN="arn", ERROR_CODE="x"), "Sweep", SWEEP),
        (letter(REPORT, SCHEDULE_ARN="arn"), "Report", REPORT),
        (letter(wrapped(FUNCTION, responsePayload={"errorType": "x"})), FUNCTION, EVENT),
        (letter(wrapped(f"{FUNCTION}:$LATEST")), FUNCTION, EVENT),
        (letter(wrapped(f"{FUNCTION}:live")), FUNCTION, EVENT),
        (letter(NOTICE, **SNS), "NotifyQueue", NOTICE),
        (letter(NOTICE, stage="warning", rule="naming"), "NotifyQueue", NOTICE),
        (letter(json.dumps({"Type": "Notification", "Message": NOTICE})), "NotifyQueue", NOTICE),
        (letter(LATER), "NotifyQueue", LATER),
        (letter(STOP), "StopQueue", STOP),
        (letter(FIRST_STOP), "StopQueue", FIRST_STOP),
        (letter(EVENT, RequestID="r", ErrorCode="200", ErrorMessage="timed out"), "Watch", EVENT),
    ],
)
def test_a_dead_letter_goes_where_it_was_going(dead: dict[str, Any], to: str, payload: str) -> None:
    found, body, why = SCRIPT["destination"](dead)
    assert (found, json.loads(body)) == (to, json.loads(payload))
    assert why


@pytest.mark.parametrize("body", ["", "hello", "[]", "3", "{}", '{"schema": "other/1"}', "null"])
def test_what_is_of_no_known_form_stays(body: str) -> None:
    assert SCRIPT["destination"](letter(body))[0] is None


def test_what_sns_says_of_a_notice_is_shown() -> None:
    assert SCRIPT["destination"](letter(NOTICE, **SNS))[2] == "AccessDenied"


def test_each_name_that_a_letter_may_go_to_is_in_the_template() -> None:
    template = (Path(__file__).parents[2] / "template.yaml").read_text(encoding="utf-8")
    for name in (*SCRIPT["OURS"], "DeadLetterQueue"):
        assert f"\n  {name}:" in template
