"""The account's door in bad weather: a plan of faults before every call that a function makes.

Each service refuses in its own words and its own protocol. A timeout is a gateway's 504, so that
nobody waits for one; people's own calls, by the root user, always come through.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from local.faults import DENIED, WORDS, Fault, Plan, Weather
from local.ministack.server import ROOT, App, Message, Receive, Send, read_body

ROUGH = Weather(
    calls={
        Fault.THROTTLED: 0.02,
        Fault.BROKEN: 0.02,
        Fault.TIMEOUT: 0.01,
        Fault.LOST_ANSWER: 0.03,
        Fault.DENIED: 0.002,
        Fault.CONFLICT: 0.01,
    },
    storms=0,
)
"""What this door can do, and no more than the SDK's retries outlast in seconds."""

_SIGNED = re.compile(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/")
_NAMES = {"tagging": "resourcegroupstaggingapi", "ses": "sesv2"}
_PATHS = {"lambda": ("/invocations", "Invoke"), "sesv2": ("/outbound-emails", "SendEmail")}
_GATEWAY_TIMEOUT = 504
_NAMED = re.compile(rb'"(?:\w*Name|ResourceArn|sk)": ?(?:\{"S": ?)?"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the door sees it."""

    service: str
    operation: str
    subject: str
    body: bytes


class FaultInjector:
    """Stands before an application; without a plan the weather is fine."""

    def __init__(self, app: App, now: Callable[[], datetime]) -> None:
        self.plan: Plan | None = None
        self._app = app
        self._now = now

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request in, refuse it, or lose its answer."""
        plan, signed = self.plan, _signer(scope)
        if plan is None or signed is None:
            await self._app(scope, receive, send)
            return
        call = _call(scope, signed, await read_body(receive))
        fault = plan.of_call(call.service, call.operation, call.subject, self._now())
        if fault is Fault.LOST_ANSWER:
            await self._app(scope, _again(call.body), _nowhere)
        if answer := _refusal(call, fault):
            await _reply(send, *answer)
        else:
            await self._app(scope, _again(call.body), send)


def _signer(scope: Message) -> str | None:
    """Name the service that a function's request is signed for; None for everybody else."""
    headers = dict(scope["headers"]) if scope["type"] == "http" else {}
    found = _SIGNED.search(headers.get(b"authorization", b"").decode())
    if found is None or found[1] == ROOT:
        return None
    service = _NAMES.get(found[2], found[2])
    return service if service in WORDS and service != "cloudwatch" else None


def _call(scope: Message, service: str, body: bytes) -> Call:
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode()
    operation = target.rpartition(".")[2]
    if service in _PATHS and scope["path"].endswith(_PATHS[service][0]):
        operation = _PATHS[service][1]
    if found := re.search(rb"(?:^|&)Action=(\w+)", body):
        operation = found[1].decode()
    subject = found[1].decode() if (found := _NAMED.search(body)) else scope["path"]
    return Call(service, operation, subject, body)


def _refusal(call: Call, fault: Fault | None) -> tuple[int, dict[str, str], bytes] | None:
    """Write the answer of a fault that refuses; None for what this door cannot do."""
    if fault in {Fault.TIMEOUT, Fault.LOST_ANSWER}:
        return _GATEWAY_TIMEOUT, {}, b""
    if fault is Fault.CONFLICT and b"ConditionExpression" not in call.body:
        return None
    if fault is None or fault not in {*WORDS[call.service], Fault.DENIED}:
        return None
    status, code, message = WORDS[call.service].get(fault, DENIED)
    if call.service == "sns":
        said = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        xml = f"<ErrorResponse><Error><Type>Sender</Type>{said}</Error></ErrorResponse>"
        return status, {"content-type": "text/xml"}, xml.encode()
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()


def _again(body: bytes) -> Receive:
    """Give a body to read once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _nowhere(_message: Message) -> None:
    """Lose an answer."""


async def _reply(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    pairs: Any = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
