"""Real Jupyter servers of several versions, with kernels of several versions."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from costguard.adapters.heartbeat_file import HEARTBEAT_FILE
from costguard.idleness.assessment import Working
from local.jupyter.server import JupyterServer
from local.paths import PROJECT
from tests.real.cases import CASES, TERMINALS, Case, Truth
from tests.real.environments import HERE, OTHERS, SPECS, python_of, versions_of, write_specs
from tests.real.plays import pid_of
from tests.real.stage import Stage
from tests.real.watcher import Sight, Watcher

WHOLE = "COSTGUARD_REAL"
"""Set, it runs every case with every version: `make real`."""
SMALL = frozenset(
    {
        "a long cell, widget in a subshell",
        "a finished cell, usage panel",
        "a process that computes",
        "a process that waits",
        "a thread that prints and waits",
        "a thread that waits",
        "a terminal's program in front",
        "a program with a terminal of its own, shell left",
    }
)
"""What `make test` runs, in the environment of the tests."""
FINDINGS = Path(os.environ.get("COSTGUARD_FINDINGS") or PROJECT / "build" / "real")


@dataclass(frozen=True)
class Setting:
    """A server, an environment of kernels, and a kernel of it."""

    server: str
    kernels: str
    spec: str

    def __str__(self) -> str:
        """Name it, for a test's id."""
        return f"{self.server}-{self.kernels}-{self.spec}"


@dataclass
class Found:
    """What was seen of one case: by the probe, by the heartbeat, and by both."""

    setting: Setting
    case: Case
    probe: Sight
    heartbeat: Sight
    both: Sight
    beat: dict[str, float]
    lost: int  # kernels whose process was another one after they were asked

    def row(self) -> dict[str, object]:
        """Answer what the table of what was seen says."""
        sights = {"probe": self.probe, "heartbeat": self.heartbeat, "both": self.both}
        return {
            "server": self.setting.server,
            "kernels": self.setting.kernels,
            "spec": self.setting.spec,
            "case": self.case.name,
            "truth": self.case.truth.name,
            "listed": self.probe.listed,
            "answered": self.probe.answered,
            "beat": self.beat,
            "lost": self.lost,
            "verdicts": {name: each.verdict for name, each in sights.items()},
            "why": {name: each.why for name, each in sights.items()},
        }


def played_with() -> Iterator[tuple[Setting, Case]]:
    """List every case with everything that it is played with."""
    if not os.environ.get(WHOLE):
        yield from (
            (Setting(HERE, HERE, "python3"), case)
            for case in (*CASES, *TERMINALS)
            if case.name in SMALL
        )
        return
    for server in versions_of("server"):
        for kernels in versions_of("kernels"):
            for spec in (*SPECS, *OTHERS):
                if spec not in {"python3", "bash"} and kernels != versions_of("kernels")[-1]:
                    continue  # it runs without this ipykernel, and is the same in both
                setting = Setting(f"server-{server}", f"kernels-{kernels}", spec)
                for case in CASES:
                    if spec in case.specs and kernels in case.kernels:
                        yield setting, case
        for case in TERMINALS:
            yield Setting(f"server-{server}", f"kernels-{versions_of('kernels')[-1]}", "none"), case


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker by which a test says of which cases it speaks."""
    config.addinivalue_line("markers", "of(truth): runs with every case of which that is true")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with the cases of which it says what must be true."""
    marker = metafunc.definition.get_closest_marker("of")
    if marker is None:
        return
    wanted: Truth = marker.args[0]
    metafunc.parametrize(
        "found",
        [
            pytest.param((setting, case), id=f"{setting}-{case.name}")
            for setting, case in played_with()
            if case.truth is wanted
        ],
        indirect=True,
    )


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares a server together: each starts once, and workers share none."""
    items.sort(key=lambda item: str(_setting_of(item) or ""))
    for item in items:
        if setting := _setting_of(item):
            item.add_marker(pytest.mark.xdist_group(str(setting)))


def _setting_of(item: pytest.Item) -> Setting | None:
    """Answer with what a test is played; None for all others."""
    callspec = getattr(item, "callspec", None)
    played = callspec.params.get("found") if callspec else None
    return played[0] if isinstance(played, tuple) else None


class Servers:
    """One server at a time, that of the newest case."""

    def __init__(self) -> None:
        self._stack, self._of = ExitStack(), ("", "")

    def of(self, setting: Setting) -> JupyterServer:
        """Answer the server of a setting, started if need be."""
        wanted = (setting.server, setting.kernels)
        if wanted != self._of:
            self.close()
            specs = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            write_specs(setting.kernels, specs)
            server = JupyterServer(python_of(setting.server), specs)
            self._server, self._of = self._stack.enter_context(server), wanted
        return self._server

    def close(self) -> None:
        """Stop it."""
        self._stack.close()
        self._of = ("", "")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.close()


@pytest.fixture
def found(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[Found]:
    """Play a case, look at it from outside, from inside, and both, and write down what was seen."""
    setting, case = request.param
    server = servers.of(setting)
    stage, watcher = Stage(server, setting.spec), Watcher(server, tmp_path)
    try:
        case.play(stage)
        before = _processes(server)
        probe = watcher.look()
        if "no time left" in probe.why:  # the machine that tests is busy
            probe = watcher.look()
        beat = dict(watcher.beat())
        alone = watcher.look_by_heartbeat_alone()
        agreed = isinstance(probe.found, Working) and isinstance(alone.found, Working)
        both = probe if agreed else watcher.look()
        lost = sum(before[id_] != pid for id_, pid in _processes(server).items())
        seen = Found(setting, case, probe, alone, both, beat, lost)
        _write(seen)
        yield seen
    finally:
        stage.clear()
        watcher.close()
        (server.home / HEARTBEAT_FILE).unlink(missing_ok=True)


def _processes(server: JupyterServer) -> dict[str, int]:
    """Answer the process of each kernel, by its id."""
    return {kernel["id"]: pid_of(kernel["id"]) for kernel in server.get("/api/kernels")}


def _write(found: Found) -> None:
    FINDINGS.mkdir(parents=True, exist_ok=True)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (FINDINGS / f"{worker}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(found.row()) + "\n")
