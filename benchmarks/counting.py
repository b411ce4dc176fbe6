"""Every request at the account's door, counted by client, service and operation."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qs

from local.account import LocalAws
from local.ministack.server import App, Message, Receive, Send
from local.sagemaker.timings import Timings

_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_CLIENT = re.compile(r"^(Costguard)\b|\bapp/(\S+)")
"""How ours begins, before what Powertools adds; and what `AWS_SDK_UA_APP_ID` puts there."""
_REST = re.compile(r"/operation/(\w+)|/(invocations)$")


class Call(NamedTuple):
    """One request: whose, and for what."""

    client: str
    service: str
    operation: str


@dataclass
class Calls:
    """The requests since it was last emptied."""

    counted: Counter[Call] = field(default_factory=Counter)

    def of(self, client: str, *services: str) -> int:
        """Count one client's requests to some services, or to all."""
        return sum(
            n
            for call, n in self.counted.items()
            if call.client == client and (not services or call.service in services)
        )

    def by_operation(self, client: str) -> dict[str, int]:
        """Count one client's requests by service and operation."""
        found = {f"{c.service}:{c.operation}": n for c, n in self.counted.items() if c[0] == client}
        return dict(sorted(found.items()))


class CountingAws(LocalAws):
    """A local AWS that counts what comes through its door."""

    def __init__(self, *, start: datetime, pace: Timings | None = None) -> None:
        super().__init__(port=0, start=start, frozen=True, pace=pace)
        self.calls = Calls()

    @contextmanager
    def counting(self) -> Iterator[Calls]:
        """Count from zero."""
        self.calls = Calls()
        yield self.calls

    def wrap(self, app: App) -> App:
        """Count before answering."""

        async def counted(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            first = await receive()
            self.calls.counted[_call(scope, first.get("body", b""))] += 1
            waiting = [first]

            async def again() -> Message:
                return waiting.pop() if waiting else await receive()

            await app(scope, again, send)

        return counted


def _call(scope: Message, body: bytes) -> Call:
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    signed = _SERVICE.search(headers.get("authorization", ""))
    client = _CLIENT.search(headers.get("user-agent", ""))
    return Call(
        (client[1] or client[2]) if client else "",
        signed[1] if signed else "",
        _operation(scope["path"], headers, body),
    )


def _operation(path: str, headers: dict[str, str], body: bytes) -> str:
    """Name it as each of AWS's protocols does."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if found := _REST.search(path):
        return found[1] or "Invoke"
    action = parse_qs(body[:2000].decode(errors="replace")).get("Action")
    return action[0] if action else path
