"""Which door a public request is for, and what is no request at all."""

from base64 import b64encode
from typing import Any

import pytest

from costguard.app.public_door import (
    FAILED,
    PublicRequest,
    answered,
    plain_response,
    public_request_of,
    route,
)
from tests.factories import sealed


def event(path: str = "/", body: str | None = None, **more: Any) -> dict[str, Any]:
    """Give an event of a URL with AuthType NONE (payload format 2.0)."""
    http = {"method": "POST", "path": path, "sourceIp": "192.0.2.1"}
    context = {"accountId": "anonymous", "http": http}
    given = {} if body is None else {"body": body}
    return {"rawPath": path, "headers": {"X-A": "b"}, "requestContext": context} | given | more


def taken(request: dict[str, Any]) -> str:
    def door(name: str) -> Any:
        return lambda request: plain_response(200, f"{name} {request.method} {request.path}")

    response = sealed(route(request, slack=door("slack"), web=door("web")))
    return str(response["body"])


@pytest.mark.parametrize(
    ("path", "door"),
    [("/slack", "slack"), ("/", "web"), ("/slack/", "web"), ("/Slack", "web"), ("/x", "web")],
)
def test_the_path_alone_says_which_door(path: str, door: str) -> None:
    assert taken(event(path)) == f"{door} POST {path}"


@pytest.mark.parametrize(
    "changes",
    [
        {"requestContext": {"http": {"method": "POST"}, "authorizer": {"iam": {}}}},
        {"requestContext": {"http": {"method": "POST"}, "authorizer": None}},
        {"requestContext": None},
        {"requestContext": {"http": {"method": 7}}},
        {"body": 7},
        {"body": "x" * 2_000_000},
        {"body": "é", "isBase64Encoded": True},
        {"body": "\ud800"},
    ],
)
def test_what_is_no_public_request_reaches_no_door(changes: Any) -> None:
    assert taken(event() | changes) == "This is no request that Costguard can read."


def test_a_body_is_the_bytes_that_were_sent() -> None:
    raw = "é=ü".encode()
    encoded = event(body=b64encode(raw).decode(), isBase64Encoded=True)
    for each in (event(body="é=ü"), encoded):
        assert public_request_of(each) == PublicRequest(
            method="POST", path="/", headers={"x-a": "b"}, body=raw
        )


def test_headers_and_paths_of_other_types_are_none() -> None:
    request = public_request_of(event(headers={"A": 7}, rawPath=None))
    assert request == PublicRequest(method="POST", path="", headers={})


def test_a_door_that_raises_answers_with_a_page_that_tells_nothing_of_it() -> None:
    @answered
    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        raise ValueError(event["rawPath"])

    answer = sealed(handler(event("/secret"), None))
    assert answer["statusCode"] == 500
    assert FAILED in answer["body"]
    assert "ValueError" not in answer["body"]
    assert "secret" not in answer["body"]


def test_a_press_under_a_long_message_is_read() -> None:
    request = public_request_of(event("/slack", body="x" * 900_000))
    assert request is not None
