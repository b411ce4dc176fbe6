"""What people do on a notebook, and whether it is work: that is said here, not by the product.

Each case is played in a real server; whoever plays it returns once the situation stands.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from local.jupyter.server import JupyterServer, Kernel, until
from tests.real.environments import SPECS
from tests.real.front_end import FrontEnd, flip

_STANDS = 60.0  # seconds until a situation must stand: the machine may be busy
_CELLS = {
    "python3": ("import time; time.sleep(300)", "1 + 1"),
    "xpython": ("import time; time.sleep(300)", "1 + 1"),
    "bash": ("sleep 300", "echo 2"),
}
_PYTHONS = frozenset({"python3", "xpython"})
_IPYTHON = frozenset({"python3"})
_COMPUTE = "while True: sum(range(10_000))"


class Truth(Enum):
    """What a person would say of the notebook."""

    AT_WORK = "a cell or a terminal is at work"
    LET_GO_COMPUTES = "something that was let go computes"
    LET_GO_WAITS = "something that was let go waits"
    UNUSED = "nobody uses it"


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
    until(lambda: kernel.state["execution_state"] == state, _STANDS)


@dataclass(frozen=True)
class Case:
    """What somebody does, with which kernels, and what is true of it."""

    name: str
    truth: Truth
    play: Callable[[Stage], object]
    specs: frozenset[str] = frozenset(SPECS)
    newest: bool = False  # ipykernel 7 and later
    panel: bool = False  # something asks for the kernel's load all the while


def _flipped(sort: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        _, tab = stage.at_work()
        flip(tab, sort)
        time.sleep(0.5)

    return play


def _closed(stage: Stage) -> None:
    _, tab = stage.at_work()
    tab.close()


def _reloaded(stage: Stage) -> None:
    _, tab = stage.at_work()
    tab.reload()
    time.sleep(1)


def _progress_bar(stage: Stage) -> None:
    kernel, tab = stage.open()
    tab.shows_widgets = True
    tab.run(
        "from tqdm.notebook import tqdm\nimport time\nfor _ in tqdm(range(3000)): time.sleep(0.1)"
    )
    tab.until_said("comm_open")
    until_listed(kernel, "busy") if not tab.shows_widgets else time.sleep(1)


def _subshell_beside_cell(stage: Stage) -> None:
    _, tab = stage.at_work()
    shell = tab.create_subshell()
    tab.answer(tab.run("1 + 1", subshell=shell))


def _cell_in_subshell(stage: Stage) -> None:
    kernel, tab = stage.open()
    tab.run(stage.long, subshell=tab.create_subshell())
    until_listed(kernel, "busy")
    tab.finish("1 + 1")


def _panel_on_work(stage: Stage) -> None:
    _, tab = stage.at_work()
    tab.watch_usage()
    time.sleep(1.5)


def _waits_for_input(stage: Stage) -> None:
    kernel, tab = stage.open()
    tab.run("input()", asks=True)
    until_listed(kernel, "busy")
    flip(tab, "usage_request")


def _two_kernels(stage: Stage) -> None:
    _, free = stage.open()
    free.finish(stage.short)
    _flipped("usage_request")(stage)


def _finished(code: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        _, tab = stage.open()
        tab.finish(code or stage.short)
        time.sleep(0.5)

    return play


def _reloaded_at_rest(stage: Stage) -> None:
    _, tab = stage.open()
    tab.finish(stage.short)
    tab.reload()
    time.sleep(1)


def _panel_at_rest(stage: Stage) -> None:
    _, tab = stage.open()
    tab.finish(stage.short)
    tab.watch_usage()
    time.sleep(2.5)


def _never_opened(stage: Stage) -> None:
    stage.server.kernel(stage.spec)
    time.sleep(1.5)


def _killed(stage: Stage) -> None:
    kernel, _ = stage.open()
    pid = _pid_of(kernel.id)
    stage.tabs[-1].run(stage.long)
    until_listed(kernel, "busy")
    os.kill(pid, signal.SIGKILL)
    until(lambda: kernel.state["execution_state"] == "starting", _STANDS)
    until(lambda: _pid_of(kernel.id) not in (0, pid), _STANDS)


def _pid_of(kernel: str) -> int:
    """Find the process of a kernel by its connection file; 0 where there is none."""
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:  # noqa: PTH123 - gone at any moment
                if f"kernel-{kernel}.json".encode() in line.read():
                    return int(pid)
        except OSError:
            continue
    return 0


def _typed(*lines: str, closes: bool = False) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        terminal = stage.server.terminal()
        time.sleep(1)
        for line in lines:
            terminal.type(line)
            time.sleep(0.5)
        if closes:
            until(lambda: not stage.server.get("/api/terminals"), _STANDS)
        time.sleep(0.5)

    return play


def _popen(seconds: str) -> str:
    return f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {seconds!r}])"


_THREAD = "import threading, time\ndef work():\n    {}\nthreading.Thread(target=work).start()"
_TASK = "import asyncio\nasync def work():\n    {}\nkept = asyncio.create_task(work())"

CASES = (
    Case("a long cell", Truth.AT_WORK, lambda stage: stage.at_work()),
    Case("a long cell, tab closed", Truth.AT_WORK, _closed),
    Case("a long cell, page reloaded", Truth.AT_WORK, _reloaded),
    Case("a long cell, comm_msg on control", Truth.AT_WORK, _flipped("comm_msg")),
    Case("a long cell, debug_request", Truth.AT_WORK, _flipped("debug_request")),
    Case("a long cell, usage panel", Truth.AT_WORK, _panel_on_work),
    Case("a long cell beside a free kernel", Truth.AT_WORK, _two_kernels),
    Case("a progress bar", Truth.AT_WORK, _progress_bar, specs=_PYTHONS),
    Case(
        "a long cell, widget in a subshell",
        Truth.AT_WORK,
        _subshell_beside_cell,
        specs=_IPYTHON,
        newest=True,
    ),
    Case("a long subshell", Truth.AT_WORK, _cell_in_subshell, specs=_IPYTHON, newest=True),
    Case(
        "a cell that awaits",
        Truth.AT_WORK,
        lambda stage: flip(
            stage.at_work("import asyncio; await asyncio.sleep(300)")[1], "usage_request"
        ),
        specs=_PYTHONS,
    ),
    Case("a cell that waits for input", Truth.AT_WORK, _waits_for_input, specs=_PYTHONS),
    Case(
        "a cell that holds the interpreter",
        Truth.AT_WORK,
        lambda stage: stage.at_work("import ctypes; ctypes.PyDLL(None).sleep(300)"),
        specs=_PYTHONS,
    ),
    Case("a finished cell, tab open", Truth.UNUSED, _finished("")),
    Case("a finished cell, page reloaded", Truth.UNUSED, _reloaded_at_rest),
    Case("a finished cell, usage panel", Truth.UNUSED, _panel_at_rest, panel=True),
    Case("a kernel never opened", Truth.UNUSED, _never_opened),
    Case("a kernel killed at work", Truth.UNUSED, _killed),
    Case(
        "a thread that computes",
        Truth.LET_GO_COMPUTES,
        _finished(_THREAD.format(_COMPUTE)),
        specs=_PYTHONS,
    ),
    Case(
        "a task that computes",
        Truth.LET_GO_COMPUTES,
        _finished(_TASK.format("while True: sum(range(10_000)); await asyncio.sleep(0)")),
        specs=_IPYTHON,
    ),
    Case(
        "a process that computes",
        Truth.LET_GO_COMPUTES,
        _finished(_popen(_COMPUTE)),
        specs=_PYTHONS,
    ),
    Case(
        "a process that waits",
        Truth.LET_GO_WAITS,
        _finished(_popen("import time; time.sleep(300)")),
        specs=_PYTHONS,
    ),
    Case(
        "a thread that prints and waits",
        Truth.LET_GO_WAITS,
        _finished(_THREAD.format("while True: print(1, flush=True); time.sleep(0.5)")),
        specs=_PYTHONS,
    ),
)
"""With each sort of kernel that they can be played with."""

TERMINALS = (
    Case("a terminal's program in front", Truth.AT_WORK, _typed("sleep 300")),
    Case("a terminal's program that computes", Truth.AT_WORK, _typed("while :; do :; done")),
    Case("a shell at its prompt", Truth.UNUSED, _typed("echo hello")),
    Case(
        "a nohup job that waits, shell left",
        Truth.LET_GO_WAITS,
        _typed("nohup sleep 300 >/dev/null 2>&1 &", "exit", closes=True),
    ),
    Case(
        "a nohup job that computes, shell left",
        Truth.LET_GO_COMPUTES,
        _typed("nohup bash -c 'while :; do :; done' >/dev/null 2>&1 &", "exit", closes=True),
    ),
)
"""Once with each server: no kernel has a part in them."""
