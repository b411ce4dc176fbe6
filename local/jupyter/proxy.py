"""The proxy in front of notebooks: a token opens a session, a cookie keeps it, both run out.

A URL that is not opened within five minutes, and a request without a session, lead to a sign-in
page with status 200 (CreatePresignedNotebookInstanceUrl).
"""

import contextlib
import json
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from local.clock import Clock
from local.jupyter.sockets import answer_questions, pass_bytes

URL_LASTS = timedelta(minutes=5)
SIGN_IN = "/signin"
COOKIE = "_sm_session"
_PAGE = b"<!DOCTYPE html><title>Sign in</title>"

type Response = tuple[int, str, bytes]
type Backend = Callable[[str], Response]


class TakesSockets(Protocol):
    """A backend that takes web sockets too; any other refuses the upgrade."""

    def take(self, client: socket.socket, request: bytes, path: str) -> None:
        """Serve a web socket, given the request that asked for it, until one side hangs up."""


@dataclass(frozen=True)
class SimulatedKernel:
    """A kernel as it is listed, and whether its shell is free when it is asked."""

    state: str
    last: datetime
    free: bool = True
    executions: int = 1
    sort: str = "ipython"
    runs: bool = False  # it answers while a cell runs that has it do so

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Answer what it says, by the sort of reply."""
        result = "ExecutionResult" if self.runs else "NoneType"
        return {
            "kernel_info_reply": {"implementation": self.sort},
            "history_reply": {"history": [[0, self.executions, "a cell of somebody's"]]},
            "inspect_reply": {"found": True, "data": {"text/plain": f"Type: {result}"}},
        }


@dataclass(frozen=True)
class SimulatedJupyter:
    """Answers as Jupyter would with these kernels, terminals and files."""

    kernels: Sequence[SimulatedKernel]
    terminals: Sequence[datetime]
    files: Mapping[str, str]

    def __call__(self, path: str) -> Response:
        """Answer a GET."""
        where = urlsplit(path).path
        if name := where.partition("/api/contents/")[2]:
            if name not in self.files:
                return 404, "application/json", b"{}"
            body: Any = {"name": name, "content": self.files[name]}
        else:
            body = self._lists()[where]
        return 200, "application/json", json.dumps(body).encode()

    def take(self, client: socket.socket, request: bytes, path: str) -> None:
        """Answer what is asked on a kernel's channels, if its shell is free."""
        kernel = self.kernels[int(path.split("/")[3])]
        answer_questions(client, request, kernel.answers if kernel.free else None)

    def _lists(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "/api/kernels": [
                {
                    "id": str(number),
                    "name": "python3",
                    "execution_state": kernel.state,
                    "connections": 0,
                    "last_activity": _spelled(kernel.last),
                }
                for number, kernel in enumerate(self.kernels)
            ],
            "/api/terminals": [
                {"name": str(number), "last_activity": _spelled(last)}
                for number, last in enumerate(self.terminals, start=1)
            ],
            "/api/sessions": [],
        }


def jupyter_backend(
    kernels: Sequence[tuple[str, datetime] | SimulatedKernel] = (),
    terminals: Sequence[datetime] = (),
    files: Mapping[str, str] | None = None,
) -> Backend:
    """Return a backend that responds as Jupyter would with these kernels and terminals."""
    made = [k if isinstance(k, SimulatedKernel) else SimulatedKernel(*k) for k in kernels]
    return SimulatedJupyter(made, terminals, files or {})


def error_backend(status: int) -> Backend:
    """Return a backend that responds with an error."""
    return lambda _path: (status, "text/html", b"<h1>Bad gateway</h1>")


def page_backend() -> Backend:
    """Return a backend that responds with an HTML page."""
    return lambda _path: (200, "text/html", _PAGE)


def hanging_backend(until: threading.Event) -> Backend:
    """Return a backend that hangs until an event is set."""

    def answer(_path: str) -> Response:
        until.wait(60)
        return error_backend(504)("")

    return answer


@dataclass(frozen=True)
class ForwardingBackend:
    """Forwards requests and web sockets to a real Jupyter Server."""

    url: str
    token: str

    def __call__(self, path: str) -> Response:
        """Answer a GET as the server does."""
        request = Request(self.url + path, headers={"Authorization": f"token {self.token}"})  # noqa: S310 - our own server
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
                return response.status, response.headers["Content-Type"], response.read()
        except HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read()
        except OSError:
            return error_backend(502)(path)

    def take(self, client: socket.socket, request: bytes, _path: str) -> None:
        """Pass the bytes of a web socket to and fro."""
        where = urlsplit(self.url)
        lines = [
            line
            for line in request.split(b"\r\n")
            if not line.lower().startswith((b"origin:", b"cookie:", b"host:"))
        ]
        lines[1:1] = [
            f"Host: {where.netloc}".encode(),
            f"Authorization: token {self.token}".encode(),
        ]
        there = (where.hostname or "", where.port or 80)
        with contextlib.suppress(OSError), socket.create_connection(there, 10) as server:
            server.sendall(b"\r\n".join(lines))
            pass_bytes(client, server)


def forwarding_backend(url: str, token: str) -> Backend:
    """Return a backend that forwards requests to a real Jupyter Server."""
    return ForwardingBackend(url, token)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a notebook may hang
    request_queue_size = 128


@dataclass
class Proxy:
    """The proxy of all notebooks of an account, on the account's clock."""

    clock: Clock
    backends: dict[str, Backend] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)  # the path of each, without its query
    refuses_sockets: bool = False
    _tokens: dict[str, tuple[str, datetime, int]] = field(default_factory=dict)
    _sessions: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    def presign(self, name: str, seconds: int) -> str:
        """Presign a URL; a notebook without a backend responds with an error."""
        server = self._server or self._start()
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (name, self.clock.now() + URL_LASTS, seconds)
        return f"http://127.0.0.1:{server.server_address[1]}?authToken={token}"

    def close(self) -> None:
        """Stop answering."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def end_sessions(self) -> None:
        """Let every session run out."""
        self._sessions.clear()

    def _start(self) -> ThreadingHTTPServer:
        server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=server.serve_forever, name="notebook-proxy", daemon=True).start()
        self._server = server
        return server

    def open_session(self, token: str) -> str | None:
        """Open a session; None where the token is unknown or has expired."""
        name, expires, seconds = self._tokens.get(token, ("", self.clock.now(), 0))
        if self.clock.now() >= expires:
            return None
        session = secrets.token_urlsafe(24)
        self._sessions[session] = (name, self.clock.now() + timedelta(seconds=seconds))
        return session

    def backend_of(self, session: str) -> Backend | None:
        """Return the backend of a session; None where the session has expired."""
        name, expires = self._sessions.get(session, ("", self.clock.now()))
        return self.backends.get(name, error_backend(502)) if self.clock.now() < expires else None


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - its methods are counted in
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            proxy.requests.append(url.path)
            if token := parse_qs(url.query).get("authToken"):
                self._enter(token[0])
            elif url.path == SIGN_IN:
                self._answer((200, "text/html", _PAGE))
            elif backend := proxy.backend_of(self._session()):
                if self.headers.get("Upgrade", "").lower() == "websocket":
                    self._take(backend)
                else:
                    self._answer(backend(self.path))
            else:
                self._redirect(SIGN_IN)

        def log_message(self, *_: object) -> None:
            """Log nothing: paths hold tokens."""

        def _take(self, backend: Backend) -> None:
            """Hand a web socket over, unless the proxy refuses them."""
            take = getattr(backend, "take", None)
            if take is None or proxy.refuses_sockets:
                self._answer((403, "text/html", b"Forbidden"))
                return
            self.close_connection = True
            lines = [self.requestline, *(f"{key}: {value}" for key, value in self.headers.items())]
            request = "\r\n".join([*lines, "", ""]).encode()
            take(self.connection, request, urlsplit(self.path).path)

        def _session(self) -> str:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
            return cookie.value if cookie else ""

        def _enter(self, token: str) -> None:
            session = proxy.open_session(token)
            self._redirect("/" if session else SIGN_IN, session)

        def _redirect(self, to: str, session: str | None = None) -> None:
            self.send_response(302)
            self.send_header("Location", to)
            if session:
                self.send_header("Set-Cookie", f"{COOKIE}={session}; Path=/; HttpOnly")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, response: Response) -> None:
            status, content_type, body = response
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # the client has lost patience
                super().handle()

    return Handler


def _spelled(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
