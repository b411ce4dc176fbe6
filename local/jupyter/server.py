"""A real Jupyter Server, as a notebook instance runs one, and the people who work on it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

import websocket

TOKEN = "workshop"  # noqa: S105 - of a server that lives for one test
STARTS_WITHIN = 60.0  # seconds


class Kernel:
    """A kernel with a browser tab that may be closed and opened again."""

    def __init__(self, server: "JupyterServer", id_: str) -> None:
        self.id = id_
        self._server = server
        self._tab: Any = None

    @property
    def state(self) -> dict[str, Any]:
        """Its current state, as Jupyter reports it."""
        return next(k for k in self._server.get("/api/kernels") if k["id"] == self.id)

    def open_tab(self) -> None:
        """Connect to it, as a browser does."""
        path = f"/api/kernels/{self.id}/channels?session_id={uuid.uuid4().hex}"
        self._tab = self._server.socket(path)
        self._send("kernel_info_request", {})
        until(lambda: self.state["execution_state"] == "idle")

    def close_tab(self) -> None:
        """Close the tab; the kernel keeps running."""
        self._tab.close()
        self._tab = None

    def run(self, code: str) -> None:
        """Run a cell; do not wait for it."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        self._send("execute_request", content)

    def finish(self, code: str) -> None:
        """Run a cell to its end."""
        before = self.state["last_activity"]
        self.run(code)
        until(
            lambda: self.state["last_activity"] > before and self.state["execution_state"] == "idle"
        )

    def request(self, sort: str, content: dict[str, Any] | None = None, *, channel: str) -> None:
        """Send what a front end sends beside the cells: the kernel's answer is not waited for."""
        self._send(sort, content or {}, channel=channel)

    def create_subshell(self) -> str:
        """Create a subshell, as JupyterLab does for widgets, and answer its name."""
        self._send("create_subshell_request", {}, channel="control")
        return str(self._answer("create_subshell_reply")["subshell_id"])

    def run_in_subshell(self, name: str, code: str) -> None:
        """Run code in a subshell; do not wait for it."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        self._send("execute_request", content, subshell=name)

    def _answer(self, sort: str) -> dict[str, Any]:
        """Wait for an answer of that sort."""
        while True:
            message = json.loads(self._tab.recv())
            if message["msg_type"] == sort:
                content: dict[str, Any] = message["content"]
                return content

    def _send(
        self,
        sort: str,
        content: dict[str, Any],
        *,
        channel: str = "shell",
        subshell: str | None = None,
    ) -> None:
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": sort,
            "session": uuid.uuid4().hex,
            "username": "",
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        if subshell:
            header["subshell_id"] = subshell
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": channel,
            "buffers": [],
        }
        self._tab.send(json.dumps(message))


class JupyterServer:
    """A server on a free port, for as long as the `with` block lasts."""

    def __init__(self, python: Path | None = None, kernels: Path | None = None) -> None:
        self._python = str(python or sys.executable)
        self._kernels = {"JUPYTER_PATH": str(kernels)} if kernels else {}
        self._tabs: list[Any] = []

    def __enter__(self) -> Self:
        """Start it, and wait until it answers."""
        with ExitStack() as stack:
            self.home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            self.url = f"http://127.0.0.1:{self.port}"
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [
                    self._python,
                    "-m",
                    "jupyter_server",
                    f"--ServerApp.port={self.port}",
                    "--ServerApp.ip=127.0.0.1",
                    f"--ServerApp.token={TOKEN}",
                    f"--ServerApp.root_dir={self.home}",
                    "--ServerApp.allow_root=True",
                    "--ServerApp.open_browser=False",
                ],
                cwd=self.home,
                env={
                    # what runs the tests is none of a notebook's environment
                    **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
                    **self._kernels,
                    "HOME": str(self.home),
                    "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
                    "IPYTHONDIR": str(self.home / "ipython"),
                    "SHELL": "/bin/bash",
                },
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(self._end)
            until(self._answers, STARTS_WITHIN)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop it with all its kernels."""
        self._stack.close()

    def kernel(self, spec: str | None = None) -> Kernel:
        """Start a kernel that nobody is connected to."""
        wanted = {"name": spec} if spec else {}
        return Kernel(self, self._ask("/api/kernels", json.dumps(wanted).encode())["id"])

    def terminal(self) -> "Terminal":
        """Open a terminal."""
        return Terminal(self, self._ask("/api/terminals", b"{}")["name"])

    def until_busy(self, kernel: Kernel) -> None:
        """Wait until a kernel is at work."""
        until(lambda: kernel.state["execution_state"] == "busy")

    def until_working(self, terminal: "Terminal") -> None:
        """Wait until a terminal has shown what was typed, and half a second for it to begin."""
        before = terminal.state["last_activity"]
        until(lambda: terminal.state["last_activity"] >= before)
        time.sleep(0.5)

    def clear(self) -> None:
        """End all kernels and terminals, and close every tab."""
        while self._tabs:
            self._tabs.pop().close()
        for kernel in self.get("/api/kernels"):
            self._ask(f"/api/kernels/{kernel['id']}", method="DELETE")
        for terminal in self.get("/api/terminals"):
            self._ask(f"/api/terminals/{terminal['name']}", method="DELETE")

    def get(self, path: str) -> Any:
        """Ask without leaving a trace of activity."""
        return self._ask(f"{path}?no_track_activity=1")

    def socket(self, path: str) -> Any:
        """Open a web socket, and close it with all else."""
        opened = websocket.create_connection(
            f"ws://127.0.0.1:{self.port}{path}", header=[f"Authorization: token {TOKEN}"]
        )
        self._tabs.append(opened)
        return opened

    def _ask(self, path: str, body: bytes | None = None, method: str | None = None) -> Any:
        request = Request(  # noqa: S310 - our own server
            self.url + path, body, {"Authorization": f"token {TOKEN}"}, method=method
        )
        with build_opener(ProxyHandler({})).open(request, timeout=20) as response:
            return json.loads(response.read() or b"null")

    def _answers(self) -> bool:
        try:
            return bool(self.get("/api/status"))
        except OSError:
            if self._process.poll() is not None:
                raise RuntimeError("the Jupyter Server has ended") from None
            return False

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Terminal:
    """A terminal that somebody types into."""

    def __init__(self, server: JupyterServer, name: str) -> None:
        self._server = server
        self._name = name
        self._page = server.socket(f"/terminals/websocket/{name}")

    def type(self, line: str) -> None:
        """Type a line and press return."""
        self._page.send(json.dumps(["stdin", f"{line}\r"]))

    def close_tab(self) -> None:
        """Close the tab; the terminal stays open."""
        self._page.close()

    @property
    def state(self) -> dict[str, Any]:
        """Its current state, as Jupyter reports it."""
        return next(t for t in self._server.get("/api/terminals") if t["name"] == self._name)


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.05)
