"""How each situation comes to be: whoever plays it returns once it stands."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from local.jupyter.server import until
from tests.real.front_end import flip
from tests.real.stage import STANDS_WITHIN, Stage, until_listed


def flip_at_work(sort: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        _, tab = stage.at_work()
        flip(tab, sort)
        time.sleep(0.5)

    return play


def close_tab_at_work(stage: Stage) -> None:
    _, tab = stage.at_work()
    tab.close()


def reload_at_work(stage: Stage) -> None:
    _, tab = stage.at_work()
    tab.reload()
    time.sleep(1)


def show_progress_bar(stage: Stage) -> None:
    _, tab = stage.open()
    tab.shows_widgets = True
    tab.run(
        "from tqdm.notebook import tqdm\nimport time\nfor _ in tqdm(range(3000)): time.sleep(0.1)"
    )
    tab.until_said("comm_open")
    time.sleep(1)


def use_subshell_at_work(stage: Stage) -> None:
    _, tab = stage.at_work()
    shell = tab.create_subshell()
    tab.answer(tab.run("1 + 1", subshell=shell))


def work_in_subshell(stage: Stage) -> None:
    kernel, tab = stage.open()
    tab.run(stage.long, subshell=tab.create_subshell())
    until_listed(kernel, "busy")
    tab.finish("1 + 1")


def open_panel_at_work(stage: Stage) -> None:
    _, tab = stage.at_work()
    tab.watch_usage()
    time.sleep(1.5)


def wait_for_input(stage: Stage) -> None:
    kernel, tab = stage.open()
    tab.run("input()", asks=True)
    until_listed(kernel, "busy")
    flip(tab, "usage_request")


def work_beside_free_kernel(stage: Stage) -> None:
    _, free = stage.open()
    free.finish(stage.short)
    flip_at_work("usage_request")(stage)


def finish(code: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        _, tab = stage.open()
        tab.finish(code or stage.short)
        time.sleep(0.5)

    return play


def reload_at_rest(stage: Stage) -> None:
    _, tab = stage.open()
    tab.finish(stage.short)
    tab.reload()
    time.sleep(1)


def open_panel_at_rest(stage: Stage) -> None:
    _, tab = stage.open()
    tab.finish(stage.short)
    tab.watch_usage()
    time.sleep(2.5)


def wait_beside_panel(code: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        finish(code)(stage)
        stage.tabs[-1].watch_usage()
        time.sleep(1.5)

    return play


def never_open(stage: Stage) -> None:
    stage.server.kernel(stage.spec)
    time.sleep(1.5)


def kill_at_work(stage: Stage) -> None:
    kernel, _ = stage.open()
    pid = pid_of(kernel.id)
    stage.tabs[-1].run(stage.long)
    until_listed(kernel, "busy")
    os.kill(pid, signal.SIGKILL)
    until(lambda: kernel.state["execution_state"] == "starting", STANDS_WITHIN)
    until(lambda: pid_of(kernel.id) not in (0, pid), STANDS_WITHIN)


def pid_of(kernel: str) -> int:
    """Find the process of a kernel by its connection file; 0 where there is none."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # a process may end at any moment
            if f"kernel-{kernel}.json".encode() in line.read_bytes():
                return int(line.parent.name)
    return 0


def type_lines(*lines: str, closes: bool = False) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        terminal = stage.server.terminal()
        time.sleep(1)
        for line in lines:
            terminal.type(line)
            time.sleep(0.5)
        if closes:
            until(lambda: not stage.server.get("/api/terminals"), STANDS_WITHIN)
        time.sleep(0.5)

    return play
