"""Exceptions: an owner asks for one, and an admin approves or denies it."""

from copy import replace
from datetime import UTC, datetime

from msgspec import UNSET

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
_PAST = "The request about {} was for the time until {}, which is past. Nothing was decided."
_GONE = " What was asked about is gone, so this changes nothing."
_LARGER = " It is larger now than what was asked about, so it is not exempt as it is."
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
    asked = ExceptionRequest(
        id=exception_id(resource, rules, by.name, max(case.findings[r].since for r in rules)),
        kind=resource.kind,
        name=resource.name,
        place=resource.place or UNSET,
        created=resource.created,
        types=resource.instance_types,
        rules=rules,
        by=by.name,
        why=why,
        asked=now,
        until=until,
    )
    return _asked(ports, asked, resource)


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
    if request.state is not ExceptionState.ASKED or (not body.until and request.until <= now):
        return _nothing_to_decide(ports, request)
    until = _until(body.until, policy.timezone, now) if body.until else request.until
    if until is None or not now < until <= now + policy.self_service.longest:
        longest = say_duration(policy.self_service.longest)
        return DoorReply(f"A time to come is expected, within {longest}.", 400)
    approves = body.action == "approve"
    state = ExceptionState.APPROVED if approves else ExceptionState.DENIED
    decided = request.decide(state, caller.label, until, single_line(body.why, _WHY), now)
    if not ports.exceptions.decide(decided):
        return DoorReply(_say_state(ports, ports.exceptions.request(request.id) or request), 409)
    resource = ports.inventory.describe(request.ref)
    if resource:
        details = {"by": caller.label, "arn": caller.arn, "request": request.id, "until": until}
        ports.audit.record(f"exception-{state}", resource, now, details)
        look_again(ports, request.ref, now)
    return DoorReply(_say_state(ports, decided) + _but(decided, resource))


def _nothing_to_decide(ports: RespondPorts, request: ExceptionRequest) -> DoorReply:
    """Say what was decided, or that it was for a time which is past."""
    if request.state is not ExceptionState.ASKED:
        return DoorReply(_say_state(ports, request), 409)
    ended = say_local(request.until, ports.policy.timezone)
    return DoorReply(_PAST.format(request.name, ended), 410)


def look_again(ports: RespondPorts, ref: ResourceRef, now: datetime) -> None:
    """Have a resource evaluated now; what nobody here may end waits for the next sweep."""
    if ports.policy.parks or not KINDS[ref.kind].is_deleted:
        ports.stop_requests.enqueue([ref], now)


def _asked(ports: RespondPorts, asked: ExceptionRequest, resource: Resource) -> Answered:
    """Write a request down, once for the same findings, and not too many of one person."""
    others, now = {each.id: each for each in ports.exceptions.requests()}, asked.asked
    while (known := others.get(asked.id)) and _waits_in_vain(known, resource, now):
        asked = replace(asked, id=exception_id(resource, asked.rules, asked.by, known.asked))
    if known and known.state is not ExceptionState.ASKED:
        return _refused(_say_state(ports, known))
    waiting = sum(
        each.by == asked.by and each.state is ExceptionState.ASKED and now < each.until
        for each in others.values()
    )
    if known is None and waiting >= _MOST_OPEN:
        return _refused(f"{waiting} of your requests wait for the admins already.")
    if known is None:
        ports.exceptions.ask(asked)
    says = f"The admins are asked (request {asked.id}). Until they answer, nothing changes."
    return Answered(done=True, says=says)


def _waits_in_vain(known: ExceptionRequest, resource: Resource, now: datetime) -> bool:
    """Return whether nobody decided before its end, or before the resource became larger."""
    is_open = known.state is ExceptionState.ASKED
    return is_open and (known.until <= now or bool(_but(known, resource)))


def _but(request: ExceptionRequest, resource: Resource | None) -> str:
    """Say why an exception would change nothing; empty where it would."""
    exemption = request.exemption
    if resource is None or not exemption.is_same(resource):
        return _GONE
    return "" if exemption.is_as_large(resource) else _LARGER


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
