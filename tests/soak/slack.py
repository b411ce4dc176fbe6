"""Slack in this process: what slack_sdk sends over HTTP, with faults before it and after it.

It is reached as another host of urllib's, so the guard's adapter and the SDK are the real ones.
"""

import io
import json
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message as Headers
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import BaseHandler, Request
from urllib.response import addinfourl

from local.faults import Fault
from local.slack import TOKEN, UNAVAILABLE, Response, Slack, rate_limited, refused

HOST = "slack.soak"
SECRET = json.dumps({"token": TOKEN, "api": f"http://{HOST}/api/"})
_BEFORE = {
    Fault.THROTTLED: rate_limited(30),
    Fault.BROKEN: UNAVAILABLE,
    Fault.DENIED: refused("account_inactive"),
}

type FaultOf = Callable[[str, str], Fault | None]  # of a method, about a conversation


class SlackHost(BaseHandler):
    """A workspace with its members; `fault_of` may refuse a call, or lose its answer."""

    handler_order = 400  # before urllib's own

    def __init__(self, members: Mapping[str, str], fault_of: FaultOf) -> None:
        self._workspace = Slack(members)
        self._workspace._server.server_close()  # it is asked here, not over a port
        self._fault_of = fault_of
        self.on_post: Callable[[str, Mapping[str, Any]], None] = lambda _user, _message: None
        self.on_fault: Callable[[Fault], None] = lambda _fault: None
        self.users = {f"D{user[1:]}": address for address, user in members.items()}

    def install(self) -> None:
        """Let this process find it; another soak's takes its place."""
        urllib.request.install_opener(urllib.request.build_opener(self))

    def http_open(self, request: Request) -> addinfourl | None:
        """Answer a request; None for any other host."""
        if request.host != HOST:
            return None
        path, asked = urlsplit(request.full_url).path, _parameters(request)
        fault = self._fault_of(path.rpartition("/")[2], str(asked.get("channel", "")))
        if fault is Fault.TIMEOUT:
            raise TimeoutError
        response = _BEFORE.get(fault) if fault else None
        if response is None:
            response = self._respond(path, asked)
        if fault:
            self.on_fault(fault)
        return _answer(request, response)

    def _respond(self, path: str, asked: Mapping[str, Any]) -> Response:
        before = len(self._workspace.posts)
        response = self._workspace.respond(path, asked, TOKEN)
        for post in self._workspace.posts[before:]:
            self.on_post(self.users[post.channel], post.message)
        return response


def _parameters(request: Request) -> dict[str, Any]:
    data = request.data
    body = data.decode() if isinstance(data, bytes) else ""
    if "json" in str(request.get_header("Content-type")):
        return dict(json.loads(body or "{}"))
    return dict(parse_qsl(body or urlsplit(request.full_url).query))


def _answer(request: Request, response: Response) -> addinfourl:
    body = response.body if isinstance(response.body, str) else json.dumps(response.body)
    headers = Headers()
    for name, value in response.headers.items():
        headers[name] = value
    answer = addinfourl(io.BytesIO(body.encode()), headers, request.full_url, response.status)
    answer.msg = "as Slack says"  # type: ignore[attr-defined]  # urllib reads it
    return answer
