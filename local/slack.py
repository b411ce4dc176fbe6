"""A local Slack for the calls that the guard makes: its responses, limits and failures.

`POST /api/<method>` with a bot token as Slack's Web API (docs.slack.dev/apis/web-api), and
`POST /services/…` as an incoming webhook. Errors come as Slack sends them: HTTP 200 and
`"ok": false`, but 429 with Retry-After, and 5xx, as HTTP.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from local.ministack.server import HOST
from local.slack_views import wrong_view

TOKEN = "xoxb-local"  # noqa: S105 - opens nothing but this
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - signs nothing else
TEAM = "T0WORKSHOP"
HOOK = "/services/T0LOCAL/B0LOCAL/hook"
_MOST_BLOCKS, _LONGEST_HEADER, _LONGEST_IN_ALL = 50, 150, 13_000


@dataclass(frozen=True, slots=True)
class Response:
    """A response of Slack: an HTTP status, a body, and headers."""

    body: Mapping[str, Any] | str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(error: str) -> Response:
    """Return Slack's refusal, with an error code."""
    return Response({"ok": False, "error": error})


def rate_limited(seconds: int) -> Response:
    """Return Slack's rate-limit response."""
    return Response({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})


UNAVAILABLE = Response("<html>upstream connect error</html>", 503)


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message in a conversation."""

    channel: str
    ts: str
    message: Mapping[str, Any]

    @property
    def thread(self) -> str | None:
        """The message whose thread it is in."""
        return self.message.get("thread_ts")


class Slack:
    """One workspace, for as long as the `with` block lasts.

    It stamps its messages from `begins` on. Give the start of the simulated clock where a ledger
    keeps them: what it keeps of a message expires by the message's own time.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        channels: tuple[str, ...] = ("#costguard",),
        begins: datetime = datetime(2026, 2, 2, 2, 40, tzinfo=UTC),
    ) -> None:
        self.users = dict(users)  # e-mail address to user id
        self.channels = channels
        self.scopes = ["chat:write", "im:write", "users:read", "users:read.email"]
        self.posts: list[PostedMessage] = []
        self.updates: list[PostedMessage] = []  # chat.update: the message as it is from then on
        self.whispers: list[PostedMessage] = []  # chat.postEphemeral; `user` alone reads it
        self.views: list[Mapping[str, Any]] = []  # modals that were opened
        self.triggers: set[str] = set()  # that somebody pressed lately
        self.calls: list[str] = []  # methods, in order
        self.next_responses: list[Response] = []  # returned before real ones
        self.every_response: Response | None = None  # returned to every call
        self.delay = 0.0  # real seconds before each answer
        self.per_second: float | None = None  # messages that a conversation accepts
        self._ts = count(int(begins.timestamp()))
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def secret(self) -> str:
        """The value of the token's secret."""
        return json.dumps({"token": TOKEN, "api": f"{self.url}/api/"})

    @property
    def secret_with_app(self) -> str:
        """The same with what buttons need."""
        return json.dumps(
            json.loads(self.secret) | {"signing_secret": SIGNING_SECRET, "team": TEAM}
        )

    @property
    def hook(self) -> str:
        """The incoming webhook's URL: a secret too."""
        return self.url + HOOK

    def __enter__(self) -> Self:
        """Open."""
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def in_channel(self, channel: str) -> list[PostedMessage]:
        """Return a conversation: by a channel's name, or a user's id for direct messages."""
        channels = (channel, f"D{channel[1:]}")
        return [message for message in self.posts if message.channel in channels]

    def respond(self, path: str, request: Mapping[str, Any], token: str) -> Response:
        """Respond to one request."""
        time.sleep(self.delay)
        with self._lock:
            self.calls.append(path.rsplit("/", 1)[-1])
            if self.every_response or self.next_responses:
                return self.every_response or self.next_responses.pop(0)
            if path == HOOK:
                return self._webhook(request)
            if path.startswith("/services/"):
                return Response("no_service", 404)
            if token != TOKEN:
                return refused("invalid_auth")
            return _METHODS.get(path.removeprefix("/api/"), Slack._unknown)(self, request)

    def _post(self, asked: Mapping[str, Any]) -> Response:
        channel = str(asked.get("channel", ""))
        if channel not in (*self.channels, *(f"D{u[1:]}" for u in self.users.values())):
            return refused("channel_not_found")
        return self._invalid(asked) or self._busy(channel) or self._store(channel, asked)

    def _store(self, channel: str, asked: Mapping[str, Any]) -> Response:
        ts = f"{next(self._ts)}.000100"
        self.posts.append(PostedMessage(channel, ts, asked))
        return Response({"ok": True, "channel": channel, "ts": ts, "message": dict(asked)})

    def _busy(self, channel: str) -> Response | None:
        now, last = time.monotonic(), self._last.get(channel)
        if self.per_second and last and now - last < 1 / self.per_second:
            return rate_limited(1)
        self._last[channel] = now
        return None

    @staticmethod
    def _invalid(asked: Mapping[str, Any]) -> Response | None:
        blocks = asked.get("blocks") or []
        heads = [b["text"]["text"] for b in blocks if b["type"] == "header"]
        if len(blocks) > _MOST_BLOCKS or any(len(head) > _LONGEST_HEADER for head in heads):
            return refused("invalid_blocks")
        if len(json.dumps(blocks, ensure_ascii=False)) > 2 * _LONGEST_IN_ALL:
            return refused("msg_blocks_too_long")
        return None if blocks or asked.get("text") else refused("no_text")

    def _update(self, asked: Mapping[str, Any]) -> Response:
        channel, ts = str(asked.get("channel", "")), str(asked.get("ts", ""))
        if not any((each.channel, each.ts) == (channel, ts) for each in self.posts):
            return refused("message_not_found")
        if wrong := self._invalid(asked):
            return wrong
        self.updates.append(PostedMessage(channel, ts, asked))
        return Response({"ok": True, "channel": channel, "ts": ts})

    def _whisper(self, asked: Mapping[str, Any]) -> Response:
        if asked.get("user") not in self.users.values():
            return refused("user_not_in_channel")
        channel = str(asked.get("channel", ""))
        self.whispers.append(PostedMessage(channel, f"{next(self._ts)}.000100", asked))
        return self._invalid(asked) or Response({"ok": True})

    def _view(self, asked: Mapping[str, Any]) -> Response:
        """Open a modal: within three seconds of a press, and once."""
        trigger, view = str(asked.get("trigger_id", "")), asked.get("view") or {}
        view = json.loads(view) if isinstance(view, str) else view
        if trigger not in self.triggers:
            return refused("expired_trigger_id")
        self.triggers.discard(trigger)
        if wrong := wrong_view(view):
            return refused(f"invalid_arguments: {wrong}")
        self.views.append(view)
        return Response({"ok": True, "view": {"id": f"V{len(self.views)}"}})

    def _webhook(self, asked: Mapping[str, Any]) -> Response:
        if wrong := self._invalid(asked):
            return Response(str(wrong.body), 400)
        if busy := self._busy("webhook"):
            return busy
        self._store("webhook", asked)
        return Response("ok")

    def _open(self, asked: Mapping[str, Any]) -> Response:
        user = str(asked.get("users", ""))
        if user not in self.users.values():
            return refused("user_not_found")
        return Response({"ok": True, "channel": {"id": f"D{user[1:]}"}})

    def _look_up(self, asked: Mapping[str, Any]) -> Response:
        user = self.users.get(str(asked.get("email", "")))
        return Response({"ok": True, "user": {"id": user}}) if user else refused("users_not_found")

    def _auth(self, _asked: Mapping[str, Any]) -> Response:
        head = {"X-OAuth-Scopes": ",".join(self.scopes)}
        return Response({"ok": True, "user": "costguard"}, headers=head)

    def _unknown(self, _asked: Mapping[str, Any]) -> Response:
        return refused("unknown_method")


_METHODS: dict[str, Callable[[Slack, Mapping[str, Any]], Response]] = {
    "auth.test": Slack._auth,
    "chat.postEphemeral": Slack._whisper,
    "chat.postMessage": Slack._post,
    "chat.update": Slack._update,
    "conversations.open": Slack._open,
    "users.lookupByEmail": Slack._look_up,
    "views.open": Slack._view,
}


def _handler(slack: Slack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = "json" not in self.headers.get("Content-Type", "")
            asked = dict(parse_qsl(body)) if form else json.loads(body or "{}")
            self._reply(asked)

        def do_GET(self) -> None:
            self._reply(dict(parse_qsl(urlsplit(self.path).query)))

        def _reply(self, asked: dict[str, Any]) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            answer = slack.respond(urlsplit(self.path).path, asked, token)
            body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            kind = "text/html" if isinstance(answer.body, str) else "application/json"
            self.send_response(answer.status)
            for name, value in (*answer.headers.items(), ("Content-Type", kind)):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            with suppress(OSError):  # a client that has given up
                self.end_headers()
                self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
