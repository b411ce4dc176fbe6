"""Presses of buttons in Slack, signed by Slack's own SDK, and what the door says of them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
from local.slack import SIGNING_SECRET, TEAM
from local.slack_presses import button_payload, form_payload, signed_form
from tests.factories import sealed
from tests.scenarios.account import Account

CHANNEL, MESSAGE = "D0JOHN", "1770000000.000100"
_AT = {"type": "message", "message_ts": MESSAGE, "channel_id": CHANNEL, "is_ephemeral": False}


def signed(
    payload: Mapping[str, Any] | str, now: datetime, secret: str = SIGNING_SECRET, **headers: str
) -> PublicRequest:
    """Give the request by which Slack says that somebody pressed something, signed by its SDK."""
    given, body = signed_form(payload, now, secret)
    verifier, time = SignatureVerifier(secret), given["x-slack-request-timestamp"]
    given["x-slack-signature"] = str(verifier.generate_signature(timestamp=time, body=body))
    return PublicRequest(method="POST", path="/slack", headers=given | headers, body=body)


def pressed(user: str, button: Button, **more: Any) -> dict[str, Any]:
    """Give the payload of a press."""
    return button_payload(user, button.action, button.value, **({"container": _AT} | more))


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
        return SlackApp(SIGNING_SECRET, TEAM) if self.is_set_up else None

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
        return sealed(take_press(self.ports(), press, now=when) if press else NOTHING_HERE)

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
        assert self.take(signed(pressed(user, found, **more), when), when) == (200, "")
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
