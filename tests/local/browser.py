"""A headless Chromium, driven over its debugging pipe: a screen's width, and all complaints."""

import json
import os
import shutil
import subprocess
import tempfile
from base64 import b64decode
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
COMPLAINTS = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
REQUEST = "Network.requestWillBeSent"
_PATIENCE = 30  # seconds


class Browser:
    """One tab."""

    def __enter__(self) -> Self:
        found = next((path for name in NAMES if (path := shutil.which(name))), None)
        assert found, "no Chromium here: `make browser` installs it where it may"
        read, self._write = os.pipe()
        self._read, write = os.pipe()
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(  # noqa: S603 - the browser of this machine
            [
                *("bash", "-c", f'exec "$@" 3<&{read} 4>&{write}', "browser", found),
                *(*FLAGS, f"--user-data-dir={self._home.name}"),
            ],
            pass_fds=(read, write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read)
        os.close(write)
        self._buffer, self._calls, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)
        self._home.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call the browser and wait for its answer; what happens meanwhile is kept."""
        self._calls += 1
        asked = {"id": self._calls, "method": method, "params": parameters}
        session = {"sessionId": self._session} if self._session else {}
        os.write(self._write, json.dumps(asked | session).encode() + b"\0")
        while (message := self._next()).get("id") != self._calls:
            self.events.append(message)
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    def open(self, page: Path | str, width: int, *, dark: bool = False) -> None:
        """Open a file or an address on a screen of this width, and wait until it is loaded."""
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=page if isinstance(page, str) else page.as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._next())

    def press(self, selector: str) -> None:
        """Press a button or a link, and wait until the next page is loaded."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.ask(f"{element}.scrollIntoView({{block: 'center'}})")
        box = json.loads(str(self.ask(f"JSON.stringify({element}.getBoundingClientRect())")))
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self.events.clear()
        for kind in ("mousePressed", "mouseReleased"):
            pressed = {"type": kind, "button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", **pressed, **point)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._next())

    def type(self, selector: str, text: str) -> None:
        """Type a text into a field."""
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def ask(self, expression: str) -> Any:
        """Evaluate JavaScript in the page."""
        return self.call("Runtime.evaluate", expression=expression)["result"].get("value")

    def shoot(self, to: Path) -> None:
        """Take a picture of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        to.write_bytes(b64decode(shot["data"]))

    @property
    def complaints(self) -> list[Any]:
        """Errors and console lines since the page was opened."""
        return [e for e in self.events if e.get("method") in COMPLAINTS]

    @property
    def requests(self) -> list[str]:
        """What the page asked for, itself included."""
        sent = [e["params"] for e in self.events if e.get("method") == REQUEST]
        return [each["request"]["url"] for each in sent]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select([self._read], [], [], _PATIENCE)[0], "the browser says nothing"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message
