"""People, and programs that open mails, at the public door."""

import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from costguard.app.public_door import PublicRequest
from costguard.notifications.links import page_link, warning_link
from costguard.notifications.recipients import recipients_of
from costguard.ownership.channel import Channel
from costguard.resources.model import ResourceRef
from tests.scenarios.account import Account

FORM = {"content-type": "application/x-www-form-urlencoded"}
_FORMS = re.compile(r"<form method=\"post\".*?</form>", re.DOTALL)
_FIELDS = re.compile(
    r"<(?:input|select|textarea)[^>]*?name=\"([^\"]+)\"(?:[^>]*?value=\"([^\"]*)\")?"
)


def mail_link(guard: Account, to: str, when: datetime) -> str:
    """Make the link that a person finds in their newest warning; return its path."""
    notice = [each for each in guard.published if each.stage.value == "warning"][-1]
    ref = ResourceRef(notice.resource.kind, notice.resource.name)
    told = recipients_of(notice, guard.policy, (Channel.EMAIL,), guard.marks.creator(ref))
    [reader] = [each for each in told if each.key == to]
    link = warning_link(notice, reader, when)
    assert link is not None
    return urlsplit(guard.links.make(link)).path


def own_link(guard: Account, to: str, when: datetime) -> str:
    """Make the link to a person's own page; return its path."""
    return urlsplit(guard.links.make(page_link(to, when))).path


def look(guard: Account, path: str, when: datetime) -> str:
    """Open a link; return the page."""
    return str(guard.visit(PublicRequest(method="GET", path=path, headers={}), when)["body"])


def press(guard: Account, path: str, when: datetime, action: str, **fields: str) -> tuple[int, str]:
    """Send a form of a page; return the status, and what the page says."""
    return submit(guard, path, when, {"action": action} | fields)


def submit(guard: Account, path: str, when: datetime, fields: Mapping[str, str]) -> tuple[int, str]:
    """Send any fields."""
    body = urlencode(fields).encode()
    answer = guard.visit(PublicRequest(method="POST", path=path, headers=FORM, body=body), when)
    return answer["statusCode"], says(answer)


def says(answer: Mapping[str, Any]) -> str:
    """Return the sentence of a page."""
    found = re.search(r"<p>(.*?)</p>", answer["body"], re.DOTALL)
    return unescape(found[1]) if found else ""


def forms_of(page: str) -> list[dict[str, str]]:
    """Read the forms of a page as a program does: each field with its value, or with a word."""
    return [
        {name: unescape(value) or "test" for name, value in _FIELDS.findall(form)}
        for form in _FORMS.findall(page)
    ]
