"""Ctrl-C during a command ends it at once, without a traceback."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    b"<Arn>a</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
NO_STACK = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
    b"<Message>Stack with id costguard does not exist</Message></Error></ErrorResponse>"
)


class Slow(ThreadingHTTPServer):
    """An account in which some calls never answer."""

    daemon_threads = True

    def __init__(self, silent: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.silent = silent
        self.asked, self.closing = threading.Event(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Slow

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.silent in f"{self.headers.get('X-Amz-Target')} {body.decode()}":
            self.server.asked.set()
            self.server.closing.wait(30)
            return
        identity = b"GetCallerIdentity" in body
        self.send_response(200 if identity else 400)
        self.end_headers()
        self.wfile.write(IDENTITY if identity else NO_STACK)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(params=["GetCallerIdentity", "SageMaker.List"])
def slow(request: pytest.FixtureRequest) -> Iterator[Slow]:
    with Slow(request.param) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.closing.set()
        server.shutdown()


def test_ctrl_c_leaves_at_once_and_leaves_nothing(slow: Slow, tmp_path: Path) -> None:
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    endpoint = f"http://127.0.0.1:{slow.server_address[1]}"
    env = {**os.environ, **keys, "AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-2"}
    command = "from costguard_cli.main import main; main()"
    with subprocess.Popen(  # noqa: S603 - this very project
        [sys.executable, "-c", command, "audit", "--html", "page.html"],
        cwd=tmp_path,
        env=env | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert slow.asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert list(tmp_path.iterdir()) == []
