"""Answers by buttons in Slack: a signed press, of a member who may, is taken like any other answer.

Slack waits three seconds. So the answer is written and a form is shown at once; what is said of it
in the message, `notify` says afterwards.
"""

import json
from datetime import datetime
from typing import Any

from costguard.app.answer_tags import tags_to_choose
from costguard.app.answering import NOT_YOURS
from costguard.app.door import DoorReply
from costguard.app.public_door import PublicRequest, plain_response
from costguard.app.slack_answers import (
    answer_press,
    concerned,
    is_press_over,
    pressed_resource,
)
from costguard.app.slack_forms import View, ask_form, fix_form
from costguard.app.slack_ports import SlackDoorPorts, SlackMembers
from costguard.app.slack_request import SlackPress, is_signed, memory_of, press_of
from costguard.notifications.buttons import FORMS
from costguard.notifications.press import PressOutcome
from costguard.reports.door_html import response
from costguard.resources.model import Resource

NOTHING_HERE = plain_response(404, "There is nothing here.")
NOT_YOURS_HERE = (
    "This is not yours to answer, or it is over, or the admins have not told Costguard who you are "
    "in Slack. Ask them if in doubt."
)
TRY_AGAIN = "Slack did not show the form. Press the button again."
_TAKEN = plain_response(200, "")
_DONE, _OVER, _DECIDED = 200, 410, 409


def signed_press(members: SlackMembers, request: PublicRequest) -> SlackPress | None:
    """Read the press in a request that may be signed; None for what Slack did not sign.

    Only the secret is read for it, once.
    """
    app = members.app()
    if app is None or not is_signed(request, app.signing_secret):
        return None
    return press_of(request, app.team)


def take_press(ports: SlackDoorPorts, press: SlackPress, *, now: datetime) -> dict[str, Any]:
    """Take one press, or one form; return the response for Slack."""
    if press.values is not None:
        return _take_form(ports, press, now)
    if press.action not in FORMS or not _open_form(ports, press, now):
        _say(ports, press, answer_press(ports, press, now), now)
    return _TAKEN


def _open_form(ports: SlackDoorPorts, press: SlackPress, now: datetime) -> bool:
    """Show the form of an answer to whoever may give it; False where there is nothing to ask."""
    mine = pressed_resource(ports, press, now)
    view = None
    if mine and not is_press_over(ports, press, mine[0]):
        view = _form(ports, press, mine[0], now)
    if view and not ports.members.open_form(press.trigger, view):
        _tell(ports, press, TRY_AGAIN, now)
    return view is not None


def _form(
    ports: SlackDoorPorts, press: SlackPress, resource: Resource, now: datetime
) -> View | None:
    policy, memory = ports.policy, memory_of(press)
    if press.action == "ask":
        return ask_form(resource, policy.self_service.longest, memory)
    fields = tags_to_choose(policy, resource, now)
    return fix_form(resource, fields, memory) if fields else None


def _take_form(ports: SlackDoorPorts, press: SlackPress, now: datetime) -> dict[str, Any]:
    """Take what was filled in; what is wrong is said at its field."""
    given = dict(press.values or {})
    more: dict[str, Any] = {"tags": given}
    if press.action == "ask":
        more = {"why": given.get("why", ""), "until": given.get("until", "")}
    reply = answer_press(ports, press, now, **more)
    if reply.status in (_DONE, _OVER):
        _say(ports, press, reply, now)
        return _TAKEN
    first = next(iter(given), "")
    wrong = {field: says for field, says in reply.wrong.items() if field in given}
    says = NOT_YOURS_HERE if reply == NOT_YOURS else reply.says
    body = {"response_action": "errors", "errors": wrong or {first: says}}
    return response(200, "application/json", json.dumps(body))


def _say(ports: SlackDoorPorts, press: SlackPress, reply: DoorReply, now: datetime) -> None:
    """Have the message say what was done, or tell who pressed why nothing was."""
    decided = press.on.request and reply.status == _DECIDED
    if reply.status not in (_DONE, _OVER) and not decided:
        _tell(ports, press, NOT_YOURS_HERE if reply == NOT_YOURS else reply.says, now)
        return
    says = f"{reply.by}: {reply.says}" if reply.by and reply.is_done else reply.says
    ports.replies.say(_outcome(press, says, on=press.on, done=_done(press)), now)


def _done(press: SlackPress) -> tuple[str, ...]:
    """Name the buttons that are answered; none means all of them.

    An answer about one rule leaves the buttons of the others, and a request changes nothing yet.
    """
    has_others = len(concerned(press)) < len(press.on.rules)
    return (press.action,) if has_others or press.action == "ask" else ()


def _tell(ports: SlackDoorPorts, press: SlackPress, says: str, now: datetime) -> None:
    """Tell nobody but who pressed."""
    ports.replies.say(_outcome(press, says), now)


def _outcome(press: SlackPress, says: str, **more: Any) -> PressOutcome:
    return PressOutcome(
        channel=press.channel,
        message=press.message,
        thread=press.thread,
        user=press.user,
        says=says,
        **more,
    )
