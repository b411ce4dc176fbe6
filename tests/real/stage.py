"""Where a case is played: a server, a sort of kernel, and the tabs that are open."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local.jupyter.server import JupyterServer, Kernel, until
from tests.real.front_end import FrontEnd

STANDS_WITHIN = 60.0  # seconds until a situation must stand: the machine may be busy
_CELLS = {
    "python3": ("import time; time.sleep(300)", "1 + 1"),
    "xpython": ("import time; time.sleep(300)", "1 + 1"),
    "bash": ("sleep 300", "echo 2"),
    "async": ("import asyncio; await asyncio.sleep(300)", "1 + 1"),
    "scheme": ('(import "time") (time.sleep 300)', "(+ 1 1)"),
}
_INHERITED = (b"JPY_PARENT_PID=", b"JUPYTER_SERVER_URL=")


@dataclass
class Stage:
    """A server, the sort of kernel that is played with, and the tabs that are open."""

    server: JupyterServer
    spec: str
    tabs: list[FrontEnd] = field(default_factory=list)

    @property
    def long(self) -> str:
        """A cell that works for longer than the test."""
        return _CELLS[self.spec][0]

    @property
    def short(self) -> str:
        """A cell that ends at once."""
        return _CELLS[self.spec][1]

    def open(self) -> tuple[Kernel, FrontEnd]:
        """Start a kernel and open its notebook in a tab."""
        kernel = self.server.kernel(self.spec)
        tab = FrontEnd(self.server, kernel.id)
        self.tabs.append(tab)
        tab.greet()
        return kernel, tab

    def at_work(self, code: str = "") -> tuple[Kernel, FrontEnd]:
        """Run a cell that does not end."""
        kernel, tab = self.open()
        tab.run(code or self.long)
        until_listed(kernel, "busy")
        time.sleep(0.5)  # the status comes before the code
        return kernel, tab

    def clear(self) -> None:
        """Close all tabs, and end all kernels, all terminals, and what they let go."""
        while self.tabs:
            self.tabs.pop().close()
        self.server.clear()
        for pid in self._let_go():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def _let_go(self) -> Iterator[int]:
        """Find what came from this server's kernels and terminals, by what it has inherited."""
        mark = f"HOME={self.server.home}\0".encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):  # a process may end at any moment
                inherited = path.read_bytes()
                if mark in inherited and any(name in inherited for name in _INHERITED):
                    yield int(path.parent.name)


def until_listed(kernel: Kernel, state: str) -> None:
    """Wait until Jupyter lists a kernel so."""
    until(lambda: kernel.state["execution_state"] == state, STANDS_WITHIN)
