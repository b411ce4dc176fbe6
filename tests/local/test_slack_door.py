"""Buttons in Slack on the deployed stack: pressed, answered at once, and said in the message."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from costguard.app.public_door import PublicRequest
from costguard.notifications.message import Button
from local.demo.environment import DemoEnvironment
from local.slack import PostedMessage, Slack
from local.slack_presses import form_payload
from tests.local.guard import COMPLETE, START, Guard
from tests.slack_presses import pressed, signed

JANE, ANNA, STRANGER = "U0JANE", "U0ANNA", "U0STRANGER"


@pytest.fixture(scope="module")
def slack() -> Iterator[Slack]:
    members = {"jane.roe@example.org": JANE, "admins@example.org": ANNA, "x@example.org": STRANGER}
    with Slack(members, begins=START) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def guard(staged: Path, slack: Slack) -> Iterator[Guard]:
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        secrets = stage.client("secretsmanager")
        secrets.create_secret(Name="costguard/slack", SecretString=slack.secret_with_app)
        guard = Guard(stage, staged)
        guard.deploy(SelfService="public", SlackTokenSecret="costguard/slack")
        stage.subscribe(guard.outputs)
        yield guard


def send(guard: Guard, request: PublicRequest) -> tuple[int, str]:
    """Send a request to the public URL, as Slack does; the local AWS knows it by its host."""
    host = urlsplit(guard.outputs["DoorUrl"]).netloc
    url = f"{guard.aws.endpoint}{request.path}"
    headers = {**request.headers, "Host": host}
    asked = AWSRequest(request.method, url, headers=headers, data=request.body).prepare()
    answer = URLLib3Session().send(asked)
    guard.aws.settle()
    return int(answer.status_code), answer.content.decode()


def newest(slack: Slack, user: str, about: str) -> PostedMessage:
    return [m for m in slack.in_channel(user) if about in json.dumps(m.message)][-1]


def press(
    guard: Guard, slack: Slack, post: PostedMessage, user: str, action: str
) -> tuple[int, str]:
    """Press a button of a message."""
    blocks = {each["type"]: each for each in post.message["blocks"]}
    elements = {each["action_id"]: each for each in blocks["actions"]["elements"]}
    found = elements[action]
    button = Button(action=action, label=found["text"]["text"], value=found["value"])
    at = {"type": "message", "message_ts": post.ts, "channel_id": post.channel}
    payload = pressed(user, button, container=at)
    slack.triggers.add(payload["trigger_id"])
    return send(guard, signed(payload, guard.aws.clock.now()))


def updated(slack: Slack, post: PostedMessage) -> str:
    """Give what a message shows now."""
    return json.dumps([u.message for u in slack.updates if u.ts == post.ts][-1]["blocks"])


def send_form(guard: Guard, slack: Slack, user: str, given: Mapping[str, str]) -> Any:
    """Send the form that was shown last."""
    payload = form_payload(user, slack.views[-1], given)
    status, body = send(guard, signed(payload, guard.aws.clock.now()))
    assert status == 200
    return json.loads(body) if body else None


def test_jane_fixes_her_tags_in_slack(guard: Guard, slack: Slack) -> None:
    guard.open("RoeJane-Tags", {"Name": "Jane Roe"})
    warning = newest(slack, JANE, "RoeJane-Tags")
    assert press(guard, slack, warning, JANE, "fix") == (200, "")
    assert send_form(guard, slack, JANE, COMPLETE | {"Name": "Jane Roe"}) is None
    assert "RoeJane-Tags now has Project = sinkorswim" in updated(slack, warning)
    assert "Fix the tags" not in updated(slack, warning)
    assert guard.stages_of("RoeJane-Tags") == ["warning", "all-clear"]
    assert newest(slack, JANE, "All clear: RoeJane-Tags").thread == warning.ts


def test_a_stranger_is_told_nothing_and_nothing_is_done(guard: Guard, slack: Slack) -> None:
    guard.open("RoeJane-Hers", {"Name": "Jane Roe"})
    warning = newest(slack, JANE, "RoeJane-Hers")
    assert press(guard, slack, warning, STRANGER, "stop") == (200, "")
    whisper = slack.whispers[-1].message
    assert whisper["user"] == STRANGER
    assert whisper["text"].startswith("This is not yours to answer")
    assert guard.stops("RoeJane-Hers") == []
    assert press(guard, slack, warning, JANE, "stop") == (200, "")
    assert guard.stops("RoeJane-Hers") == ["StopNotebookInstance"]
    assert "RoeJane-Hers is being stopped" in updated(slack, warning)


def test_marie_asks_for_a_p3_and_an_admin_approves_in_slack(guard: Guard, slack: Slack) -> None:
    tags = COMPLETE | {"Name": "Jane Roe"}
    guard.open("RoeJane-Large", tags, InstanceType="ml.p3.2xlarge")
    warning = newest(slack, JANE, "RoeJane-Large")
    assert press(guard, slack, warning, JANE, "ask") == (200, "")
    asked = {"why": "the thesis is due", "until": "172800s"}
    assert send_form(guard, slack, JANE, asked) is None
    assert "The admins are asked" in updated(slack, warning)
    guard.next_sweep()
    request = newest(slack, ANNA, "RoeJane-Large")
    assert "Why: the thesis is due" in json.dumps(request.message["blocks"])
    assert press(guard, slack, request, JANE, "approve") == (200, "")
    assert "Only an admin" in slack.whispers[-1].message["text"]
    assert press(guard, slack, request, ANNA, "approve") == (200, "")
    assert f"is approved by {ANNA} until Wed 25 Nov 2026" in updated(slack, request)
    assert "Deny" not in updated(slack, request)
    guard.wait(hours=2)
    assert guard.stages_of("RoeJane-Large")[-1] == "all-clear"
    assert guard.stops("RoeJane-Large") == []


def test_what_slack_did_not_sign_is_nothing(guard: Guard, slack: Slack) -> None:
    post = newest(slack, JANE, "Please fix RoeJane-Large")
    now = guard.aws.clock.now()
    element = {each["type"]: each for each in post.message["blocks"]}["actions"]["elements"][0]
    payload = pressed(JANE, Button(action="stop", label="x", value=element["value"]))
    assert send(guard, signed(payload, now, "another secret"))[0] == 404
    assert send(guard, signed({**payload, "team": {"id": "T0OTHER"}}, now))[0] == 404
    assert guard.stops("RoeJane-Large") == []


def test_nothing_failed(guard: Guard) -> None:
    assert guard.dead_letters() == []
