"""Environments of their own for Jupyter servers of other versions, from lock files."""

import subprocess
from functools import cache
from pathlib import Path

from local.paths import PROJECT

LOCKS = Path(__file__).parent / "locks"
MADE = PROJECT / "build" / "real"
NAMES = tuple(sorted(path.stem for path in LOCKS.glob("*.txt")))
_UV = PROJECT / "scripts" / "uv"
_PYTHON = "3.11"  # the newest that the oldest of the servers runs on


@cache
def python_of(name: str) -> Path:
    """Make the environment of a lock file, once, and answer its interpreter."""
    lock, home = LOCKS / f"{name}.txt", MADE / name
    python, ready = home / "bin" / "python", home / "ready"
    if not ready.exists() or ready.read_bytes() != lock.read_bytes():
        _uv("venv", "--clear", "--python", _PYTHON, str(home))
        _uv("pip", "sync", "--require-hashes", "--python", str(python), str(lock))
        _add_kernels(python)
        ready.write_bytes(lock.read_bytes())
    return python


def _uv(*words: str) -> None:
    subprocess.run([str(_UV), "--quiet", *words], check=True)  # noqa: S603 - our own script


def _add_kernels(python: Path) -> None:
    """Register kernels that bring no kernelspec of their own."""
    installed = python.parent.parent.glob("lib/*/site-packages/bash_kernel/install.py")
    if any(installed):
        command = [str(python), "-m", "bash_kernel.install", "--sys-prefix"]
        subprocess.run(command, check=True)  # noqa: S603 - our own environment
