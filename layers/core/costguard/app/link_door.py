"""The door for links in messages: a page on GET, and one answer on POST.

A link is checked before anything else is looked at. Every link that is not good gets one and the
same page, which names nothing.
"""

from collections.abc import Callable, Mapping
from copy import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from msgspec import Struct

from costguard.app.answer_view import facts_of
from costguard.app.answering import UNREADABLE, answer_about, one_keep, reported
from costguard.app.door import DoorReply
from costguard.app.door_ports import DoorPorts, Pressed
from costguard.app.hearing import warned_now
from costguard.app.link_form import answer_in, fields_of, is_named
from costguard.app.own_page_view import is_part, own_facts, own_ref
from costguard.app.public_door import PublicRequest, plain_response
from costguard.common.datetimes import say_local
from costguard.common.sanitize import single_line
from costguard.enforcement.answers import Responder
from costguard.enforcement.case import Case
from costguard.enforcement.notice_builder import to_seconds
from costguard.notifications.links import PAGE_LASTS, Link, hash_of, is_token
from costguard.notifications.notice import DeferredMessage
from costguard.notifications.recipients import ADMINS
from costguard.reports.answer_page import (
    ACTION,
    OWN_PAGE,
    answer_page,
    no_link_page,
    outcome_page,
)
from costguard.reports.own_page import own_page
from costguard.resources.model import Resource

IN_HAND = "This is being done already. Look again in a minute."
TYPE_IT = "The name has to be typed as it stands there."
BEFORE = "This was answered on {}, and is not done again. What was said then: {}"
SENT = "The link to your page is on its way, to your address in the roster."
_ANSWERS = frozenset({"keep", "stop", "fix", "not-mine", "ask"})
_UNNAMED = frozenset({"keep", OWN_PAGE})
"""All that a program can do which opens the links of mails and presses what it finds."""
_DOUBLED = timedelta(minutes=10)
_BY_LINK = "a link in a message"


class Visit(Struct, frozen=True, kw_only=True):
    """Somebody with a good link, before one resource."""

    resource: Resource
    case: Case
    by: Responder


def open_link(
    wire: Callable[[], DoorPorts], request: PublicRequest, *, now: datetime
) -> dict[str, Any]:
    """Show the page of a link, or take the answer that was pressed there.

    Ports cost calls of AWS: they are made only for what may be a link.
    """
    if request.method not in ("GET", "POST"):
        return plain_response(405, "Open this link in a browser.")
    token, _, part = request.path.removeprefix("/").partition("/")
    return _open(wire(), token, part, request, now) if is_token(token) else no_link_page()


def _open(
    ports: DoorPorts, token: str, part: str, request: PublicRequest, now: datetime
) -> dict[str, Any]:
    link = ports.links.link(token)
    if link is None or not link.is_good(now) or (part and (link.ref or not is_part(part))):
        return no_link_page()
    if request.method == "POST":
        return _press(ports, link, (hash_of(token), part), request, now)
    if link.ref is None and not part:
        facts = own_facts(ports, link, now)
        return own_page(facts, token) if facts else no_link_page()
    visit = _visit(ports, link, part, now)
    if visit is None:
        return no_link_page()
    shown = (visit.resource, visit.case, visit.by)
    told = facts_of(ports, *shown, now, asks_for_page=link.ref is not None)
    return answer_page(replace(told, taken=ports.links.taken(f"{hash_of(token)}#{part}")))


def _press(
    ports: DoorPorts,
    link: Link,
    opened: tuple[str, str],
    request: PublicRequest,
    now: datetime,
) -> dict[str, Any]:
    """Take one answer: each action of a link once, and the same words for who presses again."""
    fields = fields_of(request)
    action = fields.get(ACTION, "") if fields else ""
    is_page = action == OWN_PAGE and link.ref is not None
    if fields is None or not (action in _ANSWERS or is_page):
        return outcome_page(UNREADABLE.says, UNREADABLE.status)
    until = now + PAGE_LASTS if is_page else link.until
    owned = sha256(link.to.encode()).hexdigest()
    press = f"{OWN_PAGE}#{owned}" if is_page else "#".join((*opened, action))
    if pressed := ports.links.begin(press, now, until):
        return outcome_page(*_again(pressed, ports, now))
    visit = _visit(ports, link, opened[1], now)
    reply = _answer(ports, link, visit, fields, now) if visit else None
    ports.links.finish(press, reply.says if reply and reply.is_done else "", now, until)
    outcome = str(reply.status) if reply else "no-link"
    ports.log("answer taken", caller=_BY_LINK, outcome=outcome, why=single_line(action))
    return outcome_page(reply.says, reply.status) if reply else no_link_page()


def _again(pressed: Pressed, ports: DoorPorts, now: datetime) -> tuple[str, int]:
    """Say the same to a doubled click; later, when it was said, for it may be over since."""
    if not pressed.says or pressed.at is None or now - pressed.at < _DOUBLED:
        return (pressed.says, 200) if pressed.says else (IN_HAND, 409)
    return BEFORE.format(say_local(pressed.at, ports.policy.timezone), pressed.says), 409


def _answer(
    ports: DoorPorts, link: Link, visit: Visit, fields: Mapping[str, str], now: datetime
) -> DoorReply:
    """Do what was pressed, if the name was typed where that is asked for."""
    body = answer_in(fields, one_keep(ports.policy))
    if body.action not in _UNNAMED and not is_named(fields, visit.resource.name):
        return DoorReply(TYPE_IT, 409)
    if body.action == OWN_PAGE:
        ports.page_requests.defer(DeferredMessage(due=now, to=link.to, page=True), now)
        return DoorReply(SENT)
    return answer_about(ports, visit.resource, visit.by, body, now)


def _visit(ports: DoorPorts, link: Link, part: str, now: datetime) -> Visit | None:
    """Look at the resource of a link; None if it is over, or no longer theirs."""
    ref = link.ref or own_ref(ports, link, part)
    found = reported(ports, ref) if ref else None
    if found is None or not _covers(link, found[1]):
        return None
    resource, case = found
    for each in warned_now(ports.policy, resource, now):
        if each.key == link.to != ADMINS:
            by = Responder(name=each.person.name, key=each.key, via=_BY_LINK)
            return Visit(resource=resource, case=case, by=by)
    return None


def _covers(link: Link, case: Case) -> bool:
    """Return whether what the link's warning named is still open, and was not fixed meanwhile."""
    at = link.at
    if link.ref is None or at is None:
        return case.is_open
    named = (each for rule, each in case.findings.items() if rule in link.rules)
    return any(to_seconds(each.since) <= at for each in named)
