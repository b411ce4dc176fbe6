"""docs/first-steps.md, walked as it is written: every command, in order, in a clone of its own.

The environments that `make` would install are those of this project: installing them is what CI
does before it comes here. The demo plays Monday alone. What is not committed is not in the clone.
"""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.paths import PROJECT

DOCUMENT = PROJECT / "docs" / "first-steps.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
INSTALLED = (".venv", ".venv-sam", ".tools")
INPUTS = ("pyproject.toml", "uv.lock", ".python-version")
LOCAL = "make local\n"


class Walk:
    """A new user with two terminals."""

    def __init__(self, home: Path) -> None:
        self.clone = home / "costguard"
        self.where = home
        self.local: subprocess.Popen[str] | None = None
        ours = {name for name in os.environ if name.startswith("MAKE") or name == "ARGS"}
        self.env = {name: value for name, value in os.environ.items() if name not in ours} | {
            "UV_TOOL_DIR": str(home / "tools"),
            "UV_TOOL_BIN_DIR": str(home / "bin"),
            "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    def run(self, block: str) -> str:
        """Run a block in the first terminal; answer what was said."""
        play = {"ARGS": "--days 1"} if block == "make demo\n" else {}
        done = subprocess.run(  # noqa: S603 - the document's own words
            ["bash", "-euo", "pipefail", "-c", block.replace("<this repository>", str(PROJECT))],  # noqa: S607
            cwd=self.where,
            env=self.env | play,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self) -> None:
        """Run `make local` in the second terminal, and take over what it says to paste."""
        self.stop()
        self.local = subprocess.Popen(
            ["make", "local"],  # noqa: S607
            cwd=self.where,
            env=self.env | {"ARGS": f"--port {self._port}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        said = ""
        assert self.local.stdout
        for line in self.local.stdout:
            said += line
            if exported := re.fullmatch(r"export (\w+)=(.*)\n", line):
                self.env[exported[1]] = exported[2]
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(said)

    def stop(self) -> None:
        """Press Ctrl-C."""
        if self.local:
            os.killpg(self.local.pid, signal.SIGINT)
            self.local.communicate()
            self.local = None

    def install(self) -> None:
        """Put the environments where `make` expects them, as made just now."""
        for name in INSTALLED:
            if (PROJECT / name).exists():
                (self.clone / name).symlink_to(PROJECT / name)
        for name in INPUTS:
            os.utime(self.clone / name, (0, 0))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """What every block has said, in the document's order."""
    walk, said = Walk(tmp_path_factory.mktemp("walk")), list[str]()
    try:
        for block in BLOCKS:
            if block == LOCAL:
                walk.start()
                said.append("")
            else:
                said.append(walk.run(block))
            if block.startswith("git clone"):
                walk.where = walk.clone
                walk.install()
        yield said
    finally:
        walk.stop()


def of(said: list[str], words: str, which: int = 0) -> str:
    """Find what the block with these words has said."""
    return [told for block, told in zip(BLOCKS, said, strict=True) if words in block][which]


def test_the_demo_shows_who_was_warned_and_stopped(said: list[str]) -> None:
    shown = of(said, "make demo")
    assert "warns: RoeJane-Baseline (missing-tags" in shown
    assert "stopped it: MusterMax-TryThings" in shown


def test_both_mistakes_are_explained_at_once(said: list[str]) -> None:
    told = " ".join(of(said, "It has mistakes").split())
    assert "no such setting; did you mean 'allowed'?" in told
    assert "no such setting; did you mean 'email'?" in told
    assert "It has mistakes." in told


def test_the_audit_tells_what_a_policy_does_before_it_is_deployed(said: list[str]) -> None:
    assert "None of 1 running resource breaks a rule" in of(said, "audit --local\n")
    told = of(said, "audit --local --policy")
    assert "DoeJohn-Train" in told
    assert "instance-type" in told


def test_the_new_rule_warns_and_then_stops(said: list[str]) -> None:
    assert "Please-fix-DoeJohn-Train" in of(said, "10m")
    assert "Stopped" not in of(said, "10m")
    assert "Stopped-DoeJohn-Train" in of(said, "25m")


def test_a_student_of_the_roster_is_warned(said: list[str]) -> None:
    assert "Please-fix-KaneRosa-Train" in of(said, "rosa.py")
