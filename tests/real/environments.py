"""Environments of their own for Jupyter servers and for kernels, from lock files with hashes.

A server and its kernels are apart, as on a notebook instance: each kernel of each version runs
under each server. They are made once, outside the repository, and shared by every clone.
"""

import fcntl
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from local.paths import PROJECT

LOCKS = Path(__file__).parent / "locks"
HERE = "here"
"""The environment that the tests themselves run in."""
SPECS = {
    "python3": ("-m", "ipykernel_launcher"),
    "xpython": ("-m", "xpython_launcher"),
    "bash": ("-m", "bash_kernel"),
}
OTHERS = {
    "async": ("-m", "async_kernel", "start", "--name=async"),
    "scheme": ("-m", "calysto_scheme"),
}
"""Kernels in an environment of their own, the same with each server."""
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "costguard-real"
_UV = PROJECT / "scripts" / "uv"
PYTHON = "3.11"  # the newest that the oldest of the servers runs on


def versions_of(what: str) -> tuple[str, ...]:
    """List the versions that there is a lock file of: of `server` or of `kernels`."""
    return tuple(sorted(path.stem.partition("-")[2] for path in LOCKS.glob(f"{what}-*.txt")))


@cache
def python_of(name: str) -> Path:
    """Answer the interpreter of an environment; make it from its lock file where there is none."""
    if name == HERE:
        return Path(sys.executable)
    lock, home = LOCKS / f"{name}.txt", _CACHE / name
    python, ready = home / "bin" / "python", home / "ready"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / f"{name}.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_bytes() != lock.read_bytes():
            _uv("venv", "--clear", "--python", PYTHON, str(home))
            _uv("pip", "sync", "--require-hashes", "--python", str(python), str(lock))
            ready.write_bytes(lock.read_bytes())
    return python


def write_specs(kernels: str, into: Path) -> None:
    """Write the kernelspecs of an environment where a Jupyter server finds them."""
    pythons = dict.fromkeys(SPECS, kernels)
    if kernels != HERE:
        pythons |= dict.fromkeys(OTHERS, f"others-{versions_of('others')[-1]}")
    for name, environment in pythons.items():
        command = (SPECS | OTHERS)[name]
        spec = into / "kernels" / name / "kernel.json"
        spec.parent.mkdir(parents=True)
        argv = [str(python_of(environment)), *command, "-f", "{connection_file}"]
        about = {"argv": argv, "display_name": name, "language": name, "env": {"PS1": "$"}}
        spec.write_text(json.dumps(about), encoding="utf-8")


def version_in(name: str, package: str) -> str:
    """Answer the version of a package in an environment; empty where it has none."""
    words = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))"
    command = [str(python_of(name)), "-c", words, package]
    found = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own environment
    return found.stdout.strip()


def _uv(*words: str) -> None:
    subprocess.run([str(_UV), "--quiet", *words], check=True)  # noqa: S603 - our own script
