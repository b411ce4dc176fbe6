"""A request to the public URL: anybody may have sent it, and only its path says which door."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from msgspec import Struct

from costguard.common.observed import mapping, printable
from costguard.reports.answer_page import outcome_page
from costguard.reports.door_html import response

SLACK = "/slack"
FAILED = "Costguard could not do this. Try again in a minute; the admins are told."
_MOST_BYTES = 1_000_000  # Slack sends the whole message or form along, and escapes it twice
_LONGEST = 2048


class PublicRequest(Struct, frozen=True, kw_only=True):
    """One request; nothing in it is proven. `body` is as it was signed or typed."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""


type PublicDoor = Callable[[PublicRequest], dict[str, Any]]


def answered[E](
    handler: Callable[[E, object], dict[str, Any]],
) -> Callable[[E, object], dict[str, Any]]:
    """Answer with a page where a handler raises: Lambda's own answer has none of our headers.

    The handler has logged why; the alarm counts answers of 500 and more.
    """

    @wraps(handler)
    def answering(event: E, context: object) -> dict[str, Any]:
        try:
            return handler(event, context)
        except Exception:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            return outcome_page(FAILED, 500)

    return answering


def route(event: Mapping[str, Any], *, slack: PublicDoor, web: PublicDoor) -> dict[str, Any]:
    """Hand a request to the door that its path names; everything but Slack's is for the pages."""
    request = public_request_of(event)
    if request is None:
        return plain_response(400, "This is no request that Costguard can read.")
    return slack(request) if request.path == SLACK else web(request)


def public_request_of(event: Mapping[str, Any]) -> PublicRequest | None:
    """Read a request to a URL without authorizer; None where it is none, or far too long."""
    context = mapping(event.get("requestContext"))
    http = mapping(context.get("http"))
    body = _body_of(event)
    method = printable(http.get("method"), _LONGEST)
    if body is None or not method or "authorizer" in context:
        return None
    return PublicRequest(
        method=method,
        path=printable(event.get("rawPath"), _LONGEST) or "",
        headers={
            name.lower(): value
            for name, value in mapping(event.get("headers")).items()
            if isinstance(value, str)
        },
        body=body,
    )


def plain_response(status: int, says: str) -> dict[str, Any]:
    """Write a sentence as Lambda's function URL takes it."""
    return response(status, "text/plain; charset=utf-8", says)


def _body_of(event: Mapping[str, Any]) -> bytes | None:
    """Read the bytes that were sent; Lambda encodes some of them in base64."""
    text = event.get("body") or ""
    if not isinstance(text, str) or len(text) > _MOST_BYTES:
        return None
    try:
        encoded = event.get("isBase64Encoded")
        return b64decode(text, validate=True) if encoded else text.encode()
    except ValueError:  # also of a lone surrogate
        return None
