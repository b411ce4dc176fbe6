"""Presses of buttons in Slack, signed by Slack's own SDK, and what the door says of them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from costguard.app.public_door import PublicRequest
from costguard.app.slack_door import NOTHING_HERE, signed_press, take_press
from costguard.app.slack_ports import SlackDoorPorts
from costguard.app.slack_request import SlackApp, may_be_signed
from costguard.notifications.buttons import with_buttons
from costguard.notifications.message import Button, Message
from costguard.notifications.notice import Notice
from costguard.notifications.press import PressOutcome
from costguard.ownership.directory import Person
from tests.scenarios.account import Account

SECRET, TEAM = "8f742231b10e8888abcd99yyyzzz85a5", "T0WORKSHOP"
CHANNEL, MESSAGE = "D0JOHN", "1770000000.000100"


def signed(
    payload: Mapping[str, Any] | str, now: datetime, secret: str = SECRET, **headers: str
) -> PublicRequest:
    """Give the request by which Slack says that somebody pressed something."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    body, time = urlencode({"payload": text}).encode(), str(int(now.timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=time, body=body)
    given = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": time,
        "x-slack-signature": str(signature),
    }
    return PublicRequest(method="POST", path="/slack", headers=given | headers, body=body)


def button_payload(user: str, button: Button, **more: Any) -> dict[str, Any]:
    """Give the payload of a press, as docs.slack.dev has it (block_actions)."""
    return {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "workshop"},
        "user": {"id": user, "username": "anybody", "name": "anybody", "team_id": TEAM},
        "api_app_id": "A0COSTGUARD",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "container": {
            "type": "message",
            "message_ts": MESSAGE,
            "channel_id": CHANNEL,
            "is_ephemeral": False,
        },
        "actions": [
            {
                "type": "button",
                "block_id": "answers",
                "action_id": button.action,
                "value": button.value,
                "action_ts": "1770000001.000200",
            }
        ],
    } | more


def form_payload(user: str, view: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Give the payload of a form that was sent (view_submission)."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, value = block["element"], given.get(block["block_id"])
        state: dict[str, Any] = {"type": element["type"], "value": value}
        if element["type"] == "static_select":
            chosen = [each for each in element["options"] if each["value"] == value]
            state = {"type": "static_select", "selected_option": chosen[0] if chosen else None}
        values[block["block_id"]] = {element["action_id"]: state}
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "workshop"},
        "user": {"id": user, "username": "anybody", "name": "anybody", "team_id": TEAM},
        "view": {**view, "id": "V0", "state": {"values": values}},
    }


class SlackDoor:
    """The door for Slack in front of an account; `posts` keeps what is said where."""

    def __init__(self, guard: Account, members: Mapping[str, str]) -> None:
        self.guard = guard
        self.members = dict(members)  # e-mail address to member id
        self.said: list[PressOutcome] = []
        self.forms: list[dict[str, Any]] = []
        self.wired = 0
        self.secrets_read = 0
        self.shows_forms = True
        self.is_set_up = True

    def app(self) -> SlackApp | None:
        self.secrets_read += 1
        return SlackApp(SECRET, TEAM) if self.is_set_up else None

    def member(self, person: Person) -> str | None:
        return person.slack or self.members.get(person.email or "")

    def open_form(self, _trigger: str, view: dict[str, Any]) -> bool:
        self.forms.append(view)
        return self.shows_forms

    def say(self, outcome: PressOutcome, _now: datetime) -> None:
        self.said.append(outcome)

    def ports(self) -> SlackDoorPorts:
        self.wired += 1
        ports = self.guard.respond_ports
        shared = {name: getattr(ports, name) for name in ports.__struct_fields__}
        return SlackDoorPorts(**shared, members=self, replies=self)

    def answer(self, request: PublicRequest, when: datetime) -> dict[str, Any]:
        """Do what the function does with a request."""
        press = signed_press(self, request) if may_be_signed(request, when) else None
        return take_press(self.ports(), press, now=when) if press else NOTHING_HERE

    def take(self, request: PublicRequest, when: datetime) -> tuple[int, str]:
        """Take a request, and whatever follows from it."""
        self.guard.clock = max(self.guard.clock, when)
        answer = self.answer(request, when)
        self.guard.enforce(when)
        self.guard.settle(when)
        return answer["statusCode"], answer["body"]

    def press(
        self, user: str, action: str, when: datetime, notice: Notice | None = None, **more: Any
    ) -> str:
        """Let a member press a button under a notice, the newest one; return what is said."""
        found = button(notice or self.guard.published[-1], action)
        assert self.take(signed(button_payload(user, found, **more), when), when) == (200, "")
        return self.said[-1].says if self.said else ""

    def send(self, user: str, when: datetime, **given: str) -> dict[str, Any]:
        """Let a member send the form that was shown last; return what Slack is answered."""
        payload = form_payload(user, self.forms[-1], given)
        status, body = self.take(signed(payload, when), when)
        assert status == 200
        answer: dict[str, Any] = json.loads(body) if body else {}
        return answer


def button(notice: Notice, action: str) -> Button:
    """Give a button under a notice."""
    empty = Message(stage="warning", subject="s", heading="h", intro="i")
    buttons = with_buttons(empty, notice, "johndoe", notice.zone).buttons
    return next(each for each in buttons if each.action == action)
