"""The SAM CLI in an environment of its own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.paths import PROJECT

_TOOLS: Final = PROJECT / ".venv-sam" / "bin"


class SamError(RuntimeError):
    """The SAM CLI failed; the message is what it said."""


def run_sam(
    command: str, *arguments: str, root: Path, env: Mapping[str, str], answers: str = ""
) -> str:
    """Run the SAM CLI, give these answers to its questions, and return what it said."""
    if not (_TOOLS / "sam").exists():
        raise SamError(f"no SAM CLI in {_TOOLS}: run `make .venv-sam/.ready`")
    done = subprocess.run(  # noqa: S603 - the project's own tool
        [_TOOLS / "sam", command, *arguments],
        cwd=root,
        env={**with_tools(), **env},
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SamError(f"sam {command} failed:\n{done.stdout}")
    return done.stdout


def with_tools() -> dict[str, str]:
    """Give the environment in which `sam build` finds its Python."""
    path = f"{_TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "SAM_CLI_TELEMETRY": "0", "PATH": path}
