"""What people do on a notebook, and whether it is work: that is said here, not by the product."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.real.environments import SPECS
from tests.real.front_end import flip
from tests.real.plays import (
    close_tab_at_work,
    finish,
    flip_at_work,
    kill_at_work,
    never_open,
    open_panel_at_rest,
    open_panel_at_work,
    reload_at_rest,
    reload_at_work,
    show_progress_bar,
    type_lines,
    use_subshell_at_work,
    wait_beside_panel,
    wait_for_input,
    work_beside_free_kernel,
    work_in_subshell,
)
from tests.real.stage import Stage

_PYTHONS = frozenset({"python3", "xpython"})
_IPYTHON = frozenset({"python3"})
_SCHEME_TOO = frozenset({*SPECS, "scheme"})
_ASYNC = frozenset({"async"})
_COMPUTE = "while True: sum(range(10_000))"


class Truth(Enum):
    """What a person would say of the notebook."""

    AT_WORK = "a cell or a terminal is at work"
    LET_GO_WORKS = "something that was let go computes or writes"
    LET_GO_WAITS = "something that was let go waits"
    NOT_TOLD = "its kernel may answer while a cell runs"
    UNUSED = "nobody uses it"


@dataclass(frozen=True)
class Case:
    """What somebody does, with which kernels, and what is true of it."""

    name: str
    truth: Truth
    play: Callable[[Stage], object]
    specs: frozenset[str] = frozenset(SPECS)
    kernels: tuple[str, ...] = ("6", "7")  # of ipykernel


def _popen(seconds: str) -> str:
    return f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {seconds!r}])"


_THREAD = "import threading, time\ndef work():\n    {}\nthreading.Thread(target=work).start()"
_TASK = "import asyncio\nasync def work():\n    {}\nkept = asyncio.create_task(work())"
_FORK = (
    "import multiprocessing, time\n"
    "multiprocessing.get_context('fork').Process(target=time.sleep, args=(300,)).start()"
)
_ANSWER = """
import asyncio, nest_asyncio, time
nest_asyncio.apply()
loop, kernel = asyncio.get_event_loop(), get_ipython().kernel
while True:
    loop.run_until_complete(kernel.do_one_iteration())
    time.sleep(0.1)
"""

CASES = (
    Case("a long cell", Truth.AT_WORK, lambda stage: stage.at_work()),
    Case("a long cell, tab closed", Truth.AT_WORK, close_tab_at_work),
    Case("a long cell, page reloaded", Truth.AT_WORK, reload_at_work),
    Case(
        "a long cell, comm_msg on control",
        Truth.AT_WORK,
        flip_at_work("comm_msg"),
        specs=_SCHEME_TOO,
    ),
    Case("a long cell, debug_request", Truth.AT_WORK, flip_at_work("debug_request")),
    Case("a long cell, usage panel", Truth.AT_WORK, open_panel_at_work),
    Case("a long cell beside a free kernel", Truth.AT_WORK, work_beside_free_kernel),
    Case("a progress bar", Truth.AT_WORK, show_progress_bar, specs=_PYTHONS),
    Case(
        "a long cell, widget in a subshell",
        Truth.AT_WORK,
        use_subshell_at_work,
        specs=_IPYTHON,
        kernels=("7",),
    ),
    Case("a long subshell", Truth.AT_WORK, work_in_subshell, specs=_IPYTHON, kernels=("7",)),
    Case(
        "a cell that awaits",
        Truth.AT_WORK,
        lambda stage: flip(
            stage.at_work("import asyncio; await asyncio.sleep(300)")[1], "usage_request"
        ),
        specs=_PYTHONS,
    ),
    Case("a cell that waits for input", Truth.AT_WORK, wait_for_input, specs=_PYTHONS),
    Case(
        "a cell that holds the interpreter",
        Truth.AT_WORK,
        lambda stage: stage.at_work("import ctypes; ctypes.PyDLL(None).sleep(300)"),
        specs=_PYTHONS,
    ),
    Case(
        "a cell that has its kernel answer",
        Truth.AT_WORK,
        lambda stage: flip(stage.at_work(_ANSWER)[1], "usage_request"),
        specs=_IPYTHON,
        kernels=("6",),
    ),
    Case(
        "a cell that awaits, asked in vain",
        Truth.NOT_TOLD,
        flip_at_work("usage_request"),
        specs=_ASYNC,
    ),
    Case("a finished cell, asked in vain", Truth.NOT_TOLD, finish(""), specs=_ASYNC),
    Case("a finished cell, tab open", Truth.UNUSED, finish(""), specs=_SCHEME_TOO),
    Case("a finished cell, page reloaded", Truth.UNUSED, reload_at_rest),
    Case("a finished cell, usage panel", Truth.UNUSED, open_panel_at_rest),
    Case(
        "a finished progress bar",
        Truth.UNUSED,
        finish("from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass"),
        specs=_PYTHONS,
    ),
    Case(
        "a pool of threads that is done",
        Truth.UNUSED,
        finish(
            "from concurrent.futures import ThreadPoolExecutor as Pool\n"
            "pool = Pool(4); list(pool.map(abs, range(9)))"
        ),
        specs=_PYTHONS,
    ),
    Case("a kernel never opened", Truth.UNUSED, never_open),
    Case("a kernel killed at work", Truth.UNUSED, kill_at_work, specs=_PYTHONS),
    Case(
        "a thread that computes",
        Truth.LET_GO_WORKS,
        finish(_THREAD.format(_COMPUTE)),
        specs=_PYTHONS,
    ),
    Case(
        "a task that computes",
        Truth.LET_GO_WORKS,
        finish(_TASK.format("while True: sum(range(10_000)); await asyncio.sleep(0)")),
        specs=_IPYTHON,
    ),
    Case(
        "a process that computes",
        Truth.LET_GO_WORKS,
        finish(_popen(_COMPUTE)),
        specs=_PYTHONS,
    ),
    Case(
        "a process that waits",
        Truth.LET_GO_WAITS,
        finish(_popen("import time; time.sleep(300)")),
        specs=_PYTHONS,
    ),
    Case(
        "a forked process that waits",
        Truth.LET_GO_WAITS,
        finish(_FORK),
        specs=_PYTHONS,
    ),
    Case(
        "a timer",
        Truth.LET_GO_WAITS,
        finish("import threading; threading.Timer(300, print).start()"),
        specs=_PYTHONS,
    ),
    Case(
        "a thread that prints and waits",
        Truth.LET_GO_WORKS,
        finish(_THREAD.format("while True: print(1, flush=True); time.sleep(0.2)")),
        specs=_PYTHONS,
    ),
    Case(
        "a task that prints and waits",
        Truth.LET_GO_WORKS,
        finish(_TASK.format("while True: print(1, flush=True); await asyncio.sleep(0.2)")),
        specs=_IPYTHON,
    ),
    Case(
        "a thread that waits",
        Truth.LET_GO_WAITS,
        finish(_THREAD.format("time.sleep(300)")),
        specs=_PYTHONS,
    ),
    Case(
        "a thread that waits, usage panel",
        Truth.LET_GO_WAITS,
        wait_beside_panel(_THREAD.format("time.sleep(300)")),
        specs=_IPYTHON,
    ),
    Case(
        "a thread that waits for a connection",
        Truth.LET_GO_WAITS,
        finish(_THREAD.format("import socket; socket.create_server(('127.0.0.1', 0)).accept()")),
        specs=_PYTHONS,
    ),
    Case(
        "a task that waits",
        Truth.LET_GO_WAITS,
        finish(_TASK.format("await asyncio.sleep(300)")),
        specs=_IPYTHON,
    ),
)
"""With each sort of kernel that they can be played with."""

TERMINALS = (
    Case("a terminal's program in front", Truth.AT_WORK, type_lines("sleep 300")),
    Case("a terminal's program that computes", Truth.AT_WORK, type_lines("while :; do :; done")),
    Case("a shell at its prompt", Truth.UNUSED, type_lines("echo hello")),
    Case(
        "a nohup job that waits, shell left",
        Truth.LET_GO_WAITS,
        type_lines("nohup sleep 300 >/dev/null 2>&1 &", "exit", closes=True),
    ),
    Case(
        "a program with a terminal of its own, shell left",
        Truth.LET_GO_WORKS,
        type_lines(
            "setsid -f script -qc 'sleep 300' /dev/null </dev/null >/dev/null 2>&1",
            "exit",
            closes=True,
        ),
    ),
    Case(
        "a nohup job that computes, shell left",
        Truth.LET_GO_WORKS,
        type_lines("nohup bash -c 'while :; do :; done' >/dev/null 2>&1 &", "exit", closes=True),
    ),
)
"""Once with each server: no kernel has a part in them."""
