"""Respond: take one answer to a notice, of a caller whom IAM knows."""

from collections.abc import Callable, Iterator, Mapping
from copy import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from costguard.app.answer_exceptions import answer_with_request, decide_request, look_again
from costguard.app.answer_tags import answer_with_fix, answer_with_not_mine
from costguard.app.creators import login_of
from costguard.app.door import AnswerBody, Caller, DoorReply, body_of, caller_of
from costguard.app.hearing import warned_now
from costguard.app.ports import RespondPorts
from costguard.common.datetimes import parse_duration
from costguard.common.sanitize import single_line
from costguard.enforcement.answers import (
    Answered,
    Responder,
    answer_with_keep,
    answer_with_stop,
)
from costguard.enforcement.case import Case
from costguard.notifications.recipients import ADMINS
from costguard.ownership.directory import Person
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS, kind_of_arn, owned_ref

NOBODY = DoorReply("Costguard does not know who is calling.", 403)
UNREADABLE = DoorReply("This is no answer that Costguard can read.", 400)
NOT_YOURS = DoorReply("Costguard has reported nothing of yours by that name.", 404)
BUSY = DoorReply("Somebody else answers at the same moment. Try again.", 409)
_TRIES = 3
_KEEP = timedelta(hours=2)
_LONGEST_SENTENCE = 1000


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
    mine = list(_mine(ports, caller, body.resource, now))
    if len(mine) > 1:
        names = ", ".join(f"{resource.kind}/{resource.name}" for resource, _ in mine)
        return DoorReply(f"There are several: {names}. Name one of them like this.", 400)
    if not mine:
        return NOT_YOURS
    [(resource, by)] = mine
    return _answer_about(ports, resource, by, body, now)


def _answer_about(
    ports: RespondPorts, resource: Resource, by: Responder, body: AnswerBody, now: datetime
) -> DoorReply:
    """Decide by the case as it is now, write it, and have the resource evaluated again."""
    answer = _verb(ports, resource, by, body, now)
    if answer is None:
        return UNREADABLE
    for _ in range(_TRIES):
        case = ports.cases.get(resource.ref)
        if case is None:
            return NOT_YOURS
        answered = answer(case)
        if answered.case is None or ports.cases.save(answered.case, case, now):
            _keep_record(ports, resource, by, body, answered, now)
            says = single_line(answered.says, _LONGEST_SENTENCE)
            return DoorReply(says, 200 if answered.done else 409)
    return BUSY


def _verb(
    ports: RespondPorts, resource: Resource, by: Responder, body: AnswerBody, now: datetime
) -> Callable[[Case], Answered] | None:
    """Return what an action does to a case; None for no action of ours, or no time."""
    policy, wanted = ports.policy, _wanted(body.until)
    keys = tuple(each.key for each in warned_now(policy, resource, now))
    verbs: dict[str, Callable[[Case], Answered]] = {
        "stop": lambda case: answer_with_stop(case, resource, policy, by, keys, now),
        "fix": partial(answer_with_fix, ports, resource, by, body.tags, now),
        "not-mine": partial(answer_with_not_mine, ports, resource, by),
        "ask": partial(answer_with_request, ports, resource, by, body, now),
    }
    if wanted is not None:
        verbs["keep"] = lambda case: answer_with_keep(case, resource, policy, by, wanted, now)
    return verbs.get(body.action)


def _wanted(text: str) -> timedelta | None:
    try:
        return parse_duration(text) if text else _KEEP
    except ValueError:
        return None


def _keep_record(
    ports: RespondPorts,
    resource: Resource,
    by: Responder,
    body: AnswerBody,
    answered: Answered,
    now: datetime,
) -> None:
    """Write the answer into the audit; the owner reads of it once `enforce` has looked again."""
    if not answered.done:
        return
    details = {"by": by.name, "says": answered.says}
    ports.audit.record(f"answered-{body.action}", resource, now, details)
    look_again(ports, resource.ref, now)


def _mine(
    ports: RespondPorts, caller: Caller, named: str, now: datetime
) -> Iterator[tuple[Resource, Responder]]:
    """Find the reported resources of a name for which the caller may answer, and as whom."""
    for ref in _candidates(named):
        case = ports.cases.get(ref)
        resource = ports.inventory.describe(case.ref) if case and case.is_open else None
        if resource is None:
            continue
        made = ports.creators.who_created([owned_ref(resource)]).get(owned_ref(resource).key)
        tags, creator = ports.inventory.tags(resource.tagged), login_of(made, resource)
        resource = replace(resource, tags=tags, tags_confirmed=True, creator=creator)
        if by := _responder(ports, caller, resource, now):
            yield resource, by


def _candidates(named: str) -> list[ResourceRef]:
    """List what a name, kind/name or ARN may mean."""
    if (kind := kind_of_arn(named)) and named.startswith("arn:"):
        return [ResourceRef(kind.name, kind.identity.name_in_arn(named))]
    first, _, rest = named.partition("/")
    if rest and first in KINDS:
        return [ResourceRef(first, rest)]
    return [ResourceRef(kind, named) for kind in KINDS] if named else []


def _responder(
    ports: RespondPorts, caller: Caller, resource: Resource, now: datetime
) -> Responder | None:
    """Return as whom a caller may answer: a recipient of its warnings, or an admin."""
    policy, person = ports.policy, _person(ports, caller)
    for each in warned_now(policy, resource, now):
        if person and each.person == person:
            return Responder(name=person.name, key=each.key)
    is_admin = policy.self_service.is_admin(caller.arn)
    return Responder(name=caller.label, key=ADMINS) if is_admin else None


def _person(ports: RespondPorts, caller: Caller) -> Person | None:
    """Return the person of the roster; a login that is only like theirs is nobody."""
    if caller.login is None:
        return None
    found = ports.policy.directory.login(caller.login)
    return found.only if found.is_sure else None
