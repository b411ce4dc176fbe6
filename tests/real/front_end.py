"""What a browser does to a kernel: cells, reloads, widgets and panels, over its web socket."""

import contextlib
import json
import threading
import time
import uuid
from collections import defaultdict
from typing import Any

import websocket

from local.jupyter.server import JupyterServer, until

_PATIENCE = 60.0  # seconds: the machine may be busy


class FrontEnd:
    """One tab with one kernel; it reads whatever comes, and answers as a widget manager does."""

    def __init__(self, server: JupyterServer, kernel: str) -> None:
        self._server, self._kernel = server, kernel
        self._replies = dict[str, dict[str, Any]]()
        self._seen = defaultdict[str, list[dict[str, Any]]](list)
        self._ends = threading.Event()
        self._sending = threading.Lock()
        self.shows_widgets = False
        self._connect()

    def _connect(self) -> None:
        path = f"/api/kernels/{self._kernel}/channels?session_id={uuid.uuid4().hex}"
        self._socket = self._server.socket(path)
        threading.Thread(target=self._read, args=(self._socket,), daemon=True).start()

    def close(self) -> None:
        """Close the tab; the kernel keeps running."""
        self._ends.set()
        self._socket.close()

    def greet(self) -> dict[str, Any]:
        """Ask who is there, and wait for the answer."""
        return self.answer(self.send("kernel_info_request"))

    def reload(self) -> None:
        """Reload the page: a new connection, and all that a front end asks on it at once."""
        self._socket.close()
        self._connect()
        self.send("kernel_info_request")
        self.send("comm_info_request", {"target_name": "jupyter.widget"})
        for sort in ("kernel_info_request", "comm_info_request"):
            self.send(sort, channel="control")
        debugger = {"type": "request", "command": "debugInfo", "seq": 1, "arguments": {}}
        self.send("debug_request", debugger, channel="control")

    def run(self, code: str, *, subshell: str | None = None, asks: bool = False) -> str:
        """Run a cell; do not wait for it."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": asks}
        return self.send("execute_request", content, subshell=subshell)

    def finish(self, code: str) -> None:
        """Run a cell to its end."""
        self.answer(self.run(code))

    def create_subshell(self) -> str:
        """Create a subshell, as JupyterLab does for widgets, and answer its name."""
        created = self.answer(self.send("create_subshell_request", channel="control"))
        return str(created["subshell_id"])

    def watch_usage(self, every: float = 1.0) -> None:
        """Open the panel that shows the kernel's memory and load, until the tab is closed."""

        def ask() -> None:
            with contextlib.suppress(OSError, websocket.WebSocketException):
                while not self._ends.wait(every):
                    self.send("usage_request", channel="control")

        threading.Thread(target=ask, daemon=True).start()

    def until_said(self, sort: str) -> None:
        """Wait until the kernel has sent a message of that sort."""
        until(lambda: self._seen[sort], _PATIENCE)

    def answer(self, asked: str) -> dict[str, Any]:
        """Wait for the reply to a request."""
        until(lambda: asked in self._replies, _PATIENCE)
        return self._replies[asked]

    def send(
        self,
        sort: str,
        content: dict[str, Any] | None = None,
        *,
        channel: str = "shell",
        subshell: str | None = None,
    ) -> str:
        """Send a request, and answer its id."""
        id_ = uuid.uuid4().hex
        header = {"msg_id": id_, "msg_type": sort, "session": "tab", "username": ""}
        header |= {"version": "5.4", "date": "2026-01-01T00:00:00Z"}
        if subshell:
            header["subshell_id"] = subshell
        message = {"header": header, "parent_header": {}, "metadata": {}, "channel": channel}
        with self._sending:
            self._socket.send(json.dumps(message | {"content": content or {}, "buffers": []}))
        return id_

    def _read(self, opened: Any) -> None:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            while raw := opened.recv():
                if isinstance(raw, str):  # messages with buffers are binary: none matters here
                    self._take(json.loads(raw))

    def _take(self, message: dict[str, Any]) -> None:
        sort = message["msg_type"]
        self._seen[sort].append(message)
        if sort.endswith("_reply"):
            self._replies[message["parent_header"].get("msg_id", "")] = message["content"]
        if sort == "comm_open" and self.shows_widgets:
            self._show(message["content"]["comm_id"])

    def _show(self, comm: str) -> None:
        """Do what JupyterLab's widget manager does when a widget is shown in a running cell."""
        if len(self._seen["comm_open"]) == 1:
            self.send("create_subshell_request", channel="control")
        state = {"comm_id": comm, "data": {"method": "request_state"}}
        self.send("comm_msg", state)
        time.sleep(0.01)


def flip(tab: FrontEnd, sort: str) -> None:
    """Send a request on the control channel that makes a busy kernel be listed idle."""
    content: dict[str, Any] = {"comm_id": "x", "data": {}}
    if sort == "debug_request":
        content = {"type": "request", "command": "debugInfo", "seq": 1, "arguments": {}}
    tab.send(sort, content, channel="control")
