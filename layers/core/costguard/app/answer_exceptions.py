"""Exceptions: an owner asks for one, and an admin approves or denies it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from costguard.app.door import AnswerBody, Caller, DoorReply
from costguard.app.ports import RespondPorts
from costguard.common.calendar import Zone
from costguard.common.datetimes import parse_duration, say_duration, say_local
from costguard.common.sanitize import single_line
from costguard.enforcement.answers import Answered, Responder
from costguard.enforcement.case import Case
from costguard.policy.exceptions import (
    ExceptionRequest,
    ExceptionState,
    exception_id,
)
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS
from costguard.rules import RULES

NO_ADMIN = DoorReply("Only an admin whom the policy names may decide about exceptions.", 403)
NO_REQUEST = DoorReply("There is no such request.", 404)
_NEEDS = "It needs a reason, how long or until when, and a rule that is broken."
_WHY = 300
_MOST_OPEN = 5
"""Requests of one person that nobody has decided yet."""


def answer_with_request(
    ports: RespondPorts,
    resource: Resource,
    by: Responder,
    body: AnswerBody,
    now: datetime,
    case: Case,
) -> Answered:
    """Ask the admins to exempt a resource from the rules that it breaks."""
    policy, why = ports.policy, single_line(body.why, _WHY)
    until, longest = _until(body.until, policy.timezone, now), policy.self_service.longest
    rules = tuple(sorted(rule for rule in case.findings if rule in RULES))
    if not rules or not why or until is None:
        return _refused(_NEEDS, "until" if why else "why")
    if until > now + longest:
        return _refused(f"At most {say_duration(longest)} are allowed.", "until")
    since = max(case.findings[rule].since for rule in rules)
    asked = ExceptionRequest(
        id=exception_id(resource, rules, by.name, since),
        kind=resource.kind,
        name=resource.name,
        created=resource.created,
        types=resource.instance_types,
        rules=rules,
        by=by.name,
        why=why,
        asked=now,
        until=until,
    )
    return _asked(ports, asked, ports.exceptions.requests())


def decide_request(
    ports: RespondPorts, caller: Caller, body: AnswerBody, now: datetime
) -> DoorReply:
    """Approve or deny a request, as an admin."""
    policy = ports.policy
    if not policy.self_service.is_admin(caller.arn):
        return NO_ADMIN
    request = ports.exceptions.request(body.resource) if body.resource else None
    if request is None:
        return NO_REQUEST
    until = _until(body.until, policy.timezone, now) if body.until else request.until
    if until is None or not now < until <= now + policy.self_service.longest:
        longest = say_duration(policy.self_service.longest)
        return DoorReply(f"A time to come is expected, within {longest}.", 400)
    approves = body.action == "approve"
    state = ExceptionState.APPROVED if approves else ExceptionState.DENIED
    decided = request.decide(state, caller.label, until, single_line(body.why, _WHY), now)
    if not ports.exceptions.decide(decided):
        return DoorReply(_say_state(ports, ports.exceptions.request(request.id) or request), 409)
    if resource := ports.inventory.describe(request.ref):
        details = {"by": caller.label, "arn": caller.arn, "request": request.id, "until": until}
        ports.audit.record(f"exception-{state}", resource, now, details)
        look_again(ports, request.ref, now)
    return DoorReply(_say_state(ports, decided))


def look_again(ports: RespondPorts, ref: ResourceRef, now: datetime) -> None:
    """Have a resource evaluated now; what nobody here may end waits for the next sweep."""
    if ports.policy.parks or not KINDS[ref.kind].is_deleted:
        ports.stop_requests.enqueue([ref], now)


def _asked(
    ports: RespondPorts, asked: ExceptionRequest, others: Sequence[ExceptionRequest]
) -> Answered:
    """Write a request down, once for the same findings, and not too many of one person."""
    known = next((each for each in others if each.id == asked.id), None)
    if known and known.state is not ExceptionState.ASKED:
        return _refused(_say_state(ports, known))
    waiting = [e for e in others if e.by == asked.by and e.state is ExceptionState.ASKED]
    if known is None and len(waiting) >= _MOST_OPEN:
        return _refused(f"{len(waiting)} of your requests wait for the admins already.")
    if known is None:
        ports.exceptions.ask(asked)
    says = f"The admins are asked (request {asked.id}). Until they answer, nothing changes."
    return Answered(done=True, says=says)


def _say_state(ports: RespondPorts, request: ExceptionRequest) -> str:
    """Say who decided what."""
    state = request.state.value
    until = f" until {say_local(request.until, ports.policy.timezone)}"
    ends = until if request.state is ExceptionState.APPROVED else ""
    why = f": {request.answer}" if request.answer else ""
    return f"The request about {request.name} is {state} by {request.decided_by}{ends}{why}."


def _until(text: str, zone: Zone, now: datetime) -> datetime | None:
    """Read how long, or until when; None for what is neither, or is past."""
    try:
        until = now + parse_duration(text)
    except (ValueError, OverflowError):
        try:
            given = datetime.fromisoformat(text)
            aware = given if given.tzinfo else given.replace(tzinfo=zone.info)
            until = aware.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    return until if until > now else None


def _refused(says: str, field: str = "") -> Answered:
    return Answered(done=False, says=says, wrong={field: says} if field else {})
