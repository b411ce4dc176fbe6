"""Respond: take one answer to a notice, of a caller whom IAM knows."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from costguard.app.answer_exceptions import decide_request
from costguard.app.answering import (
    NOT_YOURS,
    UNREADABLE,
    answer_about,
    reported,
    responder_of,
)
from costguard.app.door import AnswerBody, Caller, DoorReply, body_of, caller_of
from costguard.app.ports import RespondPorts
from costguard.common.sanitize import single_line
from costguard.enforcement.answers import Responder
from costguard.ownership.directory import Person
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME, place_of_arn
from costguard.resources.registry import KINDS, kind_of_arn, labelled_ref

NOBODY = DoorReply("Costguard does not know who is calling.", 403)


def respond(ports: RespondPorts, event: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Take one request; return the response for the function URL."""
    caller, body = caller_of(event), body_of(event)
    reply = NOBODY
    if caller:
        reply = _answer(ports, caller, body, now) if body else UNREADABLE
    who, action = (caller.arn if caller else ""), (body.action if body else "")
    ports.log("answer taken", caller=who, outcome=str(reply.status), why=single_line(action))
    return reply.response


def _answer(ports: RespondPorts, caller: Caller, body: AnswerBody, now: datetime) -> DoorReply:
    """Answer for the resource that the caller means, if it is theirs."""
    if body.action in ("approve", "deny"):
        return decide_request(ports, caller, body, now)
    mine = list(_mine(ports, caller, body, now))
    if len(mine) > 1:
        names = ", ".join(resource.ref.label for resource, _ in mine)
        return DoorReply(f"There are several: {names}. Name one of them like this.", 400)
    if not mine:
        return NOT_YOURS
    [(resource, by)] = mine
    return answer_about(ports, resource, by, body, now)


def _mine(
    ports: RespondPorts, caller: Caller, body: AnswerBody, now: datetime
) -> Iterator[tuple[Resource, Responder]]:
    """Find the reported resources of a name for which the caller may answer, and as whom."""
    for ref in _candidates(ports, body.resource):
        found = reported(ports, ref, also_closed=body.told is not None)
        if found and (by := _responder(ports, caller, found[0], now)):
            yield found[0], by


def _candidates(ports: RespondPorts, named: str) -> list[ResourceRef]:
    """List what a name, kind/name, account/Region/kind/name or ARN may mean."""
    if (kind := kind_of_arn(named)) and named.startswith("arn:"):
        place = place_of_arn(named, ports.place)
        return [ResourceRef(kind.name, kind.identity.name_in_arn(named), place)]
    if ref := labelled_ref(named):
        return [ref]
    if ports.spokes:  # one query, and not a read for each kind in each place
        return [case.ref for case in ports.cases.all() if case.name.lower() == named.lower()]
    return [ResourceRef(kind, named, HOME) for kind in KINDS] if named else []


def _responder(
    ports: RespondPorts, caller: Caller, resource: Resource, now: datetime
) -> Responder | None:
    """Return as whom a caller may answer: a recipient of its warnings, or an admin."""
    person = _person(ports, caller)
    return responder_of(ports.policy, caller, resource, lambda each: each == person, now)


def _person(ports: RespondPorts, caller: Caller) -> Person | None:
    """Return the person of the roster; a login that is only like theirs is nobody."""
    if caller.login is None:
        return None
    found = ports.policy.directory.login(caller.login)
    return found.only if found.is_sure else None
