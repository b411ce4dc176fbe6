"""Where a case is played: a server, a sort of kernel, and the tabs that are open."""

import time
from dataclasses import dataclass, field

from local.jupyter.server import JupyterServer, Kernel, until
from tests.real.front_end import FrontEnd

STANDS_WITHIN = 60.0  # seconds until a situation must stand: the machine may be busy
_CELLS = {
    "python3": ("import time; time.sleep(300)", "1 + 1"),
    "xpython": ("import time; time.sleep(300)", "1 + 1"),
    "bash": ("sleep 300", "echo 2"),
}


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
        """Close all tabs, and end all kernels and terminals."""
        while self.tabs:
            self.tabs.pop().close()
        self.server.clear()


def until_listed(kernel: Kernel, state: str) -> None:
    """Wait until Jupyter lists a kernel so."""
    until(lambda: kernel.state["execution_state"] == state, STANDS_WITHIN)
