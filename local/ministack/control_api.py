"""The control API, beside the AWS calls: read the account's clock and move it.

GET  /_local/clock                       {"now": "2026-11-23T09:00:00Z"}
POST /_local/clock  {"advance": "2h"}    the same, once all that fell due has settled
"""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from local.clock import Clock
from local.ministack.server import App, Message, Receive, Send, read_body

PATH = "/_local/clock"
_DURATION = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Read a duration such as `90s`, `15m`, `2h` or `1d12h`."""
    if not re.fullmatch(f"(?:{_DURATION.pattern})+", text):
        raise ValueError(f"{text!r} is not a duration such as 90s, 15m, 2h or 1d12h")
    parts = _DURATION.findall(text)
    return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta())


def mount(app: App, clock: Clock) -> App:
    """Mount the control API beside an application."""

    async def handle(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await app({**scope, "scheme": "https"}, receive, send)  # to a policy, AWS is only that
            return
        status, body = await _reply(scope["method"], await read_body(receive), clock)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode() + b"\n"})

    return handle


async def _reply(method: str, body: bytes, clock: Clock) -> tuple[int, dict[str, Any]]:
    if method == "POST":
        try:
            delta = duration(str(json.loads(body)["advance"]))
        except (ValueError, KeyError, TypeError) as exc:
            return 400, {"error": f'expected {{"advance": "2h"}}: {exc}'}
        # In a thread of its own: what falls due calls this very server.
        await asyncio.to_thread(clock.advance, delta)
    now: datetime = clock.now().astimezone(UTC)
    return 200, {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
