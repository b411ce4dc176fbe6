"""The audit of dependencies: what is found fails, and "could not ask" is not "found nothing"."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

AUDIT = Path(__file__).parents[2] / "scripts" / "audit"
ADVISORY = {"id": "TEST-1", "modified": "2026-01-01T00:00:00Z", "summary": "a hole"}
RANGE = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}


@contextmanager
def osv(vulnerable: str | None) -> Iterator[str]:
    """Answer as osv.dev does, with an advisory about one package, or none."""
    about = {"package": {"ecosystem": "PyPI", "name": vulnerable}, "ranges": [RANGE]}

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            found = [q["package"]["name"] == vulnerable for q in asked]
            self._say({"results": [{"vulns": [ADVISORY]} if each else {} for each in found]})

        def do_GET(self) -> None:
            self._say(ADVISORY | {"affected": [about]})

        def _say(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def audit(url: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - the project's own script
        [AUDIT, "--service-url", url],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_nothing_found_is_silent() -> None:
    with osv(None) as url:
        assert audit(url) == (0, "")


@pytest.mark.parametrize("package", ["slack-sdk", "aws-sam-cli"])
def test_what_is_found_fails_and_is_named(package: str) -> None:
    with osv(package) as url:
        status, said = audit(url)
    assert status == 1
    assert package in said
    assert "TEST-1" in said


@pytest.mark.parametrize(("environment", "expected"), [({}, 0), ({"AUDIT": "strict"}, 1)])
def test_who_cannot_be_asked_is_loud_and_fails_where_that_is_asked_for(
    environment: dict[str, str], expected: int
) -> None:
    status, said = audit("http://127.0.0.1:9/", **environment)
    assert status == expected
    assert "DEPENDENCIES NOT AUDITED" in said
