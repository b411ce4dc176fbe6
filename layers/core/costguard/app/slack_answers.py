"""An answer by a button in Slack: who pressed, what is theirs, and what is done."""

from datetime import datetime
from typing import Any

from costguard.app.answer_exceptions import decide_request
from costguard.app.answering import NOT_YOURS, answer_about, reported, responder_of
from costguard.app.door import AnswerBody, Caller, DoorReply
from costguard.app.slack_ports import SlackDoorPorts
from costguard.app.slack_request import SlackPress
from costguard.common.sanitize import single_line
from costguard.enforcement.answers import IDLE, Responder, refuse_if_over
from costguard.ownership.directory import Person
from costguard.resources.model import Resource
from costguard.resources.registry import labelled_ref
from costguard.rules.missing_tags import RULE as MISSING_TAGS

_ITS_OWN = {"keep": IDLE, "fix": MISSING_TAGS.id}
"""Answers that concern one rule."""


class SlackCaller(Caller, frozen=True, kw_only=True):
    """A member of the workspace, by the id that Slack signed."""

    name: str

    @property
    def label(self) -> str:
        """Name the person in a sentence."""
        return single_line(self.name)


def answer_press(ports: SlackDoorPorts, press: SlackPress, now: datetime, **more: Any) -> DoorReply:
    """Take the answer, and log it."""
    on, reply = press.on, NOT_YOURS
    if press.action in ("approve", "deny"):
        body = AnswerBody(action=press.action, resource=on.request)
        reply = decide_request(ports, _caller(ports, press), body, now)
    elif mine := pressed_resource(ports, press, now):
        body = AnswerBody(action=press.action, told=on.told, rules=concerned(press), **more)
        reply = answer_about(ports, *mine, body, now)
    action = single_line(press.action)
    ports.log("answer taken", caller=press.user, outcome=str(reply.status), why=action)
    return reply


def pressed_resource(
    ports: SlackDoorPorts, press: SlackPress, now: datetime
) -> tuple[Resource, Responder] | None:
    """Look at the resource, and as whom the member may answer; None where nothing is theirs."""
    ref = labelled_ref(press.on.resource)
    if ref is None or not (found := reported(ports, ref, also_closed=True)):
        return None
    by = _responder(ports, _caller(ports, press), found[0], now)
    return (found[0], by) if by else None


def _caller(ports: SlackDoorPorts, press: SlackPress) -> SlackCaller:
    """Name a member as the policy does, or by the id."""
    directory = ports.policy.directory
    known = (directory.contact, *directory.people)
    name = next((each.name for each in known if each.slack == press.user), press.user)
    return SlackCaller(arn=press.user, name=name)


def _responder(
    ports: SlackDoorPorts, caller: SlackCaller, resource: Resource, now: datetime
) -> Responder | None:
    """Return as whom a member may answer: a recipient of its warnings, or an admin."""

    def is_caller(person: Person) -> bool:
        return ports.members.member(person) == caller.arn

    return responder_of(ports.policy, caller, resource, is_caller, now)


def is_press_over(ports: SlackDoorPorts, press: SlackPress, resource: Resource) -> bool:
    """Return whether nothing of the notice under which somebody pressed is open any more."""
    case = ports.cases.get(resource.ref)
    return case is None or bool(refuse_if_over(case, resource, concerned(press), press.on.told))


def concerned(press: SlackPress) -> tuple[str, ...]:
    """Name the rules that an answer is about, of those that its notice names."""
    own = _ITS_OWN.get(press.action)
    return (own,) if own in press.on.rules else press.on.rules
