"""Inject planned faults into the calls that functions make.

Each service refuses with its own errors and protocol. A timeout is a gateway's 504, so that no test
waits for one; calls by the root user, which people make, always succeed.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from local.faults import DENIED, ERRORS, Fault, FaultPlan, FaultRates
from local.ministack.server import ROOT, App, Message, Receive, Send, read_body

LOCAL_RATES = FaultRates(
    calls={
        Fault.THROTTLED: 0.02,
        Fault.BROKEN: 0.02,
        Fault.TIMEOUT: 0.01,
        Fault.LOST_ANSWER: 0.03,
        Fault.DENIED: 0.002,
        Fault.CONFLICT: 0.01,
    },
    outages=0,
)
"""The faults that can be injected here, no more than the SDK's retries outlast in seconds."""

_SIGNED = re.compile(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/")
_NAMES = {"tagging": "resourcegroupstaggingapi", "ses": "sesv2"}
_PATHS = {"lambda": ("/invocations", "Invoke"), "sesv2": ("/outbound-emails", "SendEmail")}
_GATEWAY_TIMEOUT = 504
_NAMED = re.compile(rb'"(?:\w*Name|ResourceArn|sk)": ?(?:\{"S": ?)?"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Call:
    """A call, as parsed from its request."""

    service: str
    operation: str
    subject: str
    body: bytes


class FaultInjector:
    """Wraps an application; without a plan it injects no faults."""

    def __init__(self, app: App, now: Callable[[], datetime]) -> None:
        self.plan: FaultPlan | None = None
        self._app = app
        self._now = now

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, refuse it, or lose its response."""
        plan, service = self.plan, _signer(scope)
        if plan is None or service is None:
            await self._app(scope, receive, send)
            return
        call = _call(scope, service, await read_body(receive))
        fault = plan.fault_of(call.service, call.operation, call.subject, self._now())
        if fault is Fault.LOST_ANSWER:
            await self._app(scope, _receive_again(call.body), _discard)
        if response := _refusal(call, fault):
            await _reply(send, *response)
        else:
            await self._app(scope, _receive_again(call.body), send)


def _signer(scope: Message) -> str | None:
    """Return the service that a function's request is signed for; None for other callers."""
    headers = dict(scope["headers"]) if scope["type"] == "http" else {}
    found = _SIGNED.search(headers.get(b"authorization", b"").decode())
    if found is None or found[1] == ROOT:
        return None
    service = _NAMES.get(found[2], found[2])
    return service if service in ERRORS and service != "cloudwatch" else None


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
    """Return the response of a fault; None for faults that are not injected here."""
    if fault in {Fault.TIMEOUT, Fault.LOST_ANSWER}:
        return _GATEWAY_TIMEOUT, {}, b""
    if fault is Fault.CONFLICT and b"ConditionExpression" not in call.body:
        return None
    if fault is None or fault not in {*ERRORS[call.service], Fault.DENIED}:
        return None
    status, code, message = ERRORS[call.service].get(fault, DENIED)
    if call.service == "sns":
        error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        xml = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
        return status, {"content-type": "text/xml"}, xml.encode()
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()


def _receive_again(body: bytes) -> Receive:
    """Return a `receive` that gives the body again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _discard(_message: Message) -> None:
    """Drop a response."""


async def _reply(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    header_pairs: Any = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": header_pairs})
    await send({"type": "http.response.body", "body": body})
