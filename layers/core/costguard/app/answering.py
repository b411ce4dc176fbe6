"""Carry out one answer of a known person about one reported resource, whichever door it came by."""

from collections.abc import Callable
from copy import replace
from datetime import datetime, timedelta
from functools import partial

from costguard.app.answer_exceptions import answer_with_request, look_again
from costguard.app.answer_tags import answer_with_fix, answer_with_not_mine
from costguard.app.at_place import at_place
from costguard.app.creators import login_of
from costguard.app.door import AnswerBody, Caller, DoorReply
from costguard.app.hearing import warned_now
from costguard.app.ports import RespondPorts
from costguard.common.datetimes import parse_duration
from costguard.common.errors import TagsRefusedError
from costguard.common.sanitize import single_line
from costguard.enforcement.answers import (
    IDLE,
    Answered,
    Responder,
    answer_with_keep,
    answer_with_stop,
    kept_since,
    refuse_if_over,
)
from costguard.enforcement.case import Case, case_about
from costguard.notifications.answer_lines import SETTING_TAGS
from costguard.notifications.recipients import ADMINS
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import owned_ref

UNREADABLE = DoorReply("This is no answer that Costguard can read.", 400)
NOT_YOURS = DoorReply("Costguard has reported nothing of yours by that name.", 404)
BUSY = DoorReply("Somebody else answers at the same moment. Try again.", 409)
TAGS_REFUSED = (
    "Nothing was changed: AWS does not let Costguard set these tags ({}). Tell the admins: the "
    "deploy parameter SelfServiceTags names the keys that an answer may set."
)
TAGS_ELSEWHERE = (
    "Nothing was changed: Costguard sets no tags in account {}. Set them there yourself, as the "
    "message says."
)
_TRIES = 3
_KEEP = timedelta(hours=2)
_LONGEST_SENTENCE = 1000


def reported(
    ports: RespondPorts, ref: ResourceRef, *, also_closed: bool = False
) -> tuple[Resource, Case] | None:
    """Look at a resource with an open case; its tags and creator come with it."""
    case = ports.cases.get(ref)
    if case is None or not (case.is_open or also_closed):
        return None
    resource = ports.inventory.describe(case.ref)
    if resource is None or not case.is_about(resource):
        return None
    made = ports.creators.who_created([owned_ref(resource)]).get(owned_ref(resource).key)
    tags, creator = ports.inventory.tags(resource.tagged), login_of(made, resource)
    return replace(resource, tags=tags, tags_confirmed=True, creator=creator), case


def responder_of(
    policy: Policy,
    caller: Caller,
    resource: Resource,
    is_caller: Callable[[Person], bool],
    now: datetime,
) -> Responder | None:
    """Return as whom a caller may answer: a recipient of its warnings, or an admin."""
    for each in warned_now(policy, resource, now):
        if is_caller(each.person):
            return Responder(name=each.person.name, key=each.key)
    is_admin = policy.self_service.is_admin(caller.arn)
    return Responder(name=caller.label, key=ADMINS) if is_admin else None


def answer_about(
    ports: RespondPorts, resource: Resource, by: Responder, body: AnswerBody, now: datetime
) -> DoorReply:
    """Decide by the case as it is now, write it, and have the resource evaluated again."""
    ports = at_place(ports, resource.place)
    answer = _verb(ports, resource, by, body, now)
    if answer is None:
        return UNREADABLE
    for _ in range(_TRIES):
        case = case_about(ports.cases.get(resource.ref), resource)
        if case is None:
            return NOT_YOURS
        try:
            answered = _is_over(case, resource, ports.policy, body, now) or answer(case)
        except TagsRefusedError as refused:
            return DoorReply(TAGS_REFUSED.format(refused), 409)
        if answered.case is None or ports.cases.save(answered.case, case, now):
            _keep_record(ports, resource, by, body, answered, now)
            says = single_line(answered.says, _LONGEST_SENTENCE)
            status = 200 if answered.done else 410 if answered.over else 409
            return DoorReply(says, status, answered.wrong, by.name)
    return BUSY


def _is_over(
    case: Case, resource: Resource, policy: Policy, body: AnswerBody, now: datetime
) -> Answered | None:
    """Refuse an answer to a notice that is over, or that was answered in the same way."""
    if body.told is None:
        return None
    kept = kept_since(case, policy, body.told, now) if body.action == "keep" else None
    return kept or refuse_if_over(case, resource, body.rules, body.told)


def _verb(
    ports: RespondPorts, resource: Resource, by: Responder, body: AnswerBody, now: datetime
) -> Callable[[Case], Answered] | None:
    """Return what an action does to a case; None for no action of ours, or no time."""
    if resource.place and body.action in SETTING_TAGS:
        return lambda _: Answered(done=False, says=TAGS_ELSEWHERE.format(resource.account))
    policy, wanted = ports.policy, _wanted(body.until, ports.policy)
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


def one_keep(policy: Policy) -> timedelta:
    """Return how long one press keeps something: two hours, or as long as the policy allows."""
    found = policy.rules.get(IDLE)
    return min(_KEEP, found.options.keep.at_most) if found else _KEEP


def _wanted(text: str, policy: Policy) -> timedelta | None:
    try:
        return parse_duration(text) if text else one_keep(policy)
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
    via = {"via": by.via} if by.via else {}
    details = {"by": by.name, "says": answered.says} | via
    ports.audit.record(f"answered-{body.action}", resource, now, details)
    look_again(ports, resource.ref, now)
