"""What a Jupyter server lists, and what moves its times: facts that no other test rests on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from local.jupyter.server import TOKEN, JupyterServer, Terminal, until

_RUN = """
import nbclient, nbformat
cell = nbformat.v4.new_code_cell("open('started', 'w').close(); import time; time.sleep(300)")
nbclient.execute(nbformat.v4.new_notebook(cells=[cell]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[JupyterServer]:
    """Start a server of the environment of the tests."""
    with JupyterServer() as running:
        yield running
        running.clear()


def ask(server: JupyterServer, path: str) -> Any:
    """Ask as a client does that thinks of no activity."""
    request = Request(f"{server.url}{path}", headers={"Authorization": f"token {TOKEN}"})  # noqa: S310 - our own server
    with build_opener(ProxyHandler({})).open(request, timeout=20) as response:
        return json.loads(response.read())


def last(server: JupyterServer) -> str:
    """Say when the server was last active."""
    moment: str = server.get("/api/status")["last_activity"]
    return moment


def test_a_notebook_that_runs_without_the_server_is_not_listed(server: JupyterServer) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", _RUN],
        cwd=server.home,
        env={**os.environ, "HOME": str(server.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until((server.home / "started").exists, 60)
        assert server.get("/api/kernels") == server.get("/api/sessions") == []
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    ("path", "moves"),
    [
        ("/api/kernels", True),
        ("/api/kernels?no_track_activity=1", False),
        ("/api/kernels?no_track_activity=0", False),  # that it is there counts, not its value
        ("/api/status", False),
    ],
)
def test_what_is_asked_moves_the_servers_time_or_does_not(
    server: JupyterServer,
    path: str,
    moves: bool,  # noqa: FBT001 - a column of the table
) -> None:
    before = last(server)
    ask(server, path)
    assert (last(server) != before) is moves


def test_what_moves_the_time_of_a_terminal(server: JupyterServer) -> None:
    terminal = server.terminal()
    until(lambda: quiet(terminal))
    silent = terminal.state["last_activity"]
    terminal.type("sleep 1; echo done")
    terminal.close_tab()
    until(lambda: terminal.state["last_activity"] > silent and quiet(terminal))
    printed = terminal.state["last_activity"]
    name = terminal.state["name"]
    again = Terminal(server, name)
    until(lambda: again.state["last_activity"] > printed)


def quiet(terminal: Terminal) -> bool:
    """Tell whether a terminal that is connected, or not, prints nothing for a while."""
    before = terminal.state["last_activity"]
    time.sleep(1.5)
    return bool(terminal.state["last_activity"] == before)
