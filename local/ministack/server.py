"""MiniStack in this process: a web server in a thread of its own, with IAM enforced."""

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.server import ServerState

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Message, Receive, Send], Awaitable[None]]

HOST = "127.0.0.1"
ROOT = "test"  # the root user's access key and secret
READY_WITHIN = 30.0  # seconds

# What MiniStack reads once, at import.
_SETTINGS = {
    "AUTH": "true",
    "DOCKER_HOST": "unix:///nonexistent",  # no Docker, even where there is one
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "LOG_LEVEL": "ERROR",
    "MINISTACK_HOST": HOST,
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
}

# Its own date and server are MiniStack's.
_SERVING: Final[Mapping[str, Any]] = {
    "http": "httptools",
    "ws": "none",
    "lifespan": "on",
    "log_config": None,
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
    "date_header": False,
    "timeout_keep_alive": 75,
}


async def read_body(receive: Receive) -> bytes:
    """Read a request's whole body, however it comes."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


class PortTakenError(RuntimeError):
    """Another process listens on the port."""


def listen(port: int) -> socket.socket:
    """Take a port; 0 takes a free one."""
    sock = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio delays small packets of any other
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError as exc:
        sock.close()
        raise PortTakenError(f"{HOST}:{port} is taken: choose another with --port") from exc
    sock.listen(128)
    return sock


class Environment:
    """The environment that MiniStack, and the functions it runs, find themselves in.

    No setting of the developer's own AWS account is left in it.
    """

    def __init__(self, aws: Mapping[str, str], *, account: str, region: str, port: int) -> None:
        self._wanted = {
            **_SETTINGS,
            **aws,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GATEWAY_PORT": str(port),
            "MINISTACK_ACCOUNT_ID": account,
            "MINISTACK_REGION": region,
        }
        self._before: dict[str, str] = {}

    def set(self) -> None:
        """Set it, keeping what was there."""
        self._before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(self._wanted)

    def restore(self) -> None:
        """Bring back what was there."""
        os.environ.clear()
        os.environ.update(self._before)


class Server:
    """Serves an application on a socket until it is stopped."""

    def __init__(self, sock: socket.socket, app: App) -> None:
        self._sock = sock
        self._app = app
        self._ready = threading.Event()
        self._stop: Callable[[], object] = bool
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="local-aws", daemon=True)

    def start(self) -> None:
        """Serve, and wait until a request would be answered."""
        self._thread.start()
        if not self._ready.wait(READY_WITHIN) or self._failed:
            raise RuntimeError("the local AWS did not start") from self._failed

    def stop(self) -> None:
        """Stop serving."""
        self._stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as exc:  # noqa: BLE001 - start() raises it, in the caller's thread
            self._failed = exc
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        config = Config(self._app, **_SERVING)
        config.load()
        lifespan, state = config.lifespan_class(config), ServerState()
        await lifespan.startup()
        if lifespan.should_exit:
            raise RuntimeError("MiniStack did not start")

        def connect() -> asyncio.Protocol:
            return config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg]  # its own protocol

        server = await loop.create_server(connect, sock=self._sock)
        self._ready.set()
        await stopped.wait()
        server.close()
        for left in list(state.connections):  # clients that keep their connection
            left.transport.abort()
        await lifespan.shutdown()
