"""The heartbeat's script: one source, small enough, and nothing downloaded."""

import ast
import base64
import re
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from costguard.adapters.heartbeats import DIMENSION, NAMESPACE, READINGS

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "lifecycle" / "heartbeat.py").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
HEARTBEAT = runpy.run_path(str(ROOT / "scripts" / "heartbeat"))
SCRIPT: str = HEARTBEAT["script"]()
NAMES = sorted({metric for metric, _ in READINGS.values()})
BOX = HEARTBEAT["compact"](SOURCE)


def test_the_template_holds_what_lifecycle_says() -> None:
    assert HEARTBEAT["written"](TEMPLATE) == TEMPLATE, "run `make heartbeat`"


def test_it_is_small_enough_for_a_lifecycle_configuration() -> None:
    marked = HEARTBEAT["BLOCK"].search(TEMPLATE)[0]  # as the template has it, with its markers
    text = f"#!/bin/bash\n{textwrap.dedent(marked)}"
    assert len(base64.b64encode(text.encode())) <= 16384


def test_the_compact_program_is_the_same_program() -> None:
    assert program(BOX) == program(SOURCE)


def program(source: str) -> str:
    """Write it without docstrings, and with all imports of modules in one line."""
    read = ast.parse(source)
    for each in ast.walk(read):
        if isinstance(each, ast.FunctionDef) and ast.get_docstring(each):
            del each.body[0]
    return ast.unparse(read).replace("\nimport ", ", ")


@pytest.mark.parametrize("word", ["pip", "curl", "wget", "conda", "yum", "git "])
def test_it_downloads_nothing(word: str) -> None:
    assert not re.search(rf"\b{word}\b", SCRIPT)


def test_the_shell_reads_it() -> None:
    read = subprocess.run(["/bin/bash", "-n"], input=SCRIPT, text=True, check=False)
    assert read.returncode == 0
    compile(BOX, "heartbeat.py", "exec")


def test_it_publishes_two_metrics_that_the_guard_reads() -> None:
    said = [name for name in NAMES if f'"{name}"' in BOX]
    assert said == ["BusyKernels", "CpuPercent"]
    assert f'"{NAMESPACE}"' in BOX
    assert f'"{DIMENSION}"' in BOX


def test_installed_it_runs_every_minute(tmp_path: Path) -> None:
    here = SCRIPT.replace("/opt/costguard", f"{tmp_path}/opt").replace("/etc/cron.d", str(tmp_path))
    subprocess.run(["/bin/bash"], input=here, text=True, check=True)
    assert (tmp_path / "opt" / "heartbeat.py").read_text() == BOX
    assert (tmp_path / "costguard").read_text().startswith("* * * * * root python3 ")
    help_ = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, tmp_path / "opt" / "heartbeat.py", "--help"],
        capture_output=True,
        check=True,
    )
    assert b"--url" in help_.stdout
