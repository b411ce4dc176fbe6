"""What a layer has compiled for Lambda's processor, compiled for this machine's instead."""

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from benchmarks import custodian
from local.paths import PROJECT

KEPT = PROJECT / "build" / "wheels"
_MACHINE = slice(18, 20)  # of an ELF file: the processor that it is for


@cache
def runnable(layer: Path) -> Path | None:
    """Give what goes before a layer on this machine: the same versions of such packages, if any."""
    names = sorted(_foreign(layer))
    if not names:
        return None
    kept = KEPT / hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    if not kept.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as partial:
            _install(names, Path(partial) / "python")
            (Path(partial) / "python").rename(kept)
    return kept


def _install(names: list[str], at: Path) -> None:
    how: list[str | Path] = [
        "--quiet",
        "--no-deps",
        "--compile-bytecode",
        "--python",
        custodian.PYTHON,
    ]
    uv = PROJECT / "scripts" / "uv"
    subprocess.run([uv, "pip", "install", *how, "--target", at, *names], check=True)  # noqa: S603


def _foreign(layer: Path) -> Iterator[str]:
    """Name each package, with its version, that has compiled files and none for this machine."""
    ours = _machine(custodian.PYTHON)
    for record in sorted(layer.glob("*.dist-info/RECORD")):
        files = [line.split(",")[0] for line in record.read_text(encoding="utf-8").splitlines()]
        compiled = [layer / file for file in files if file.endswith(".so")]
        if compiled and ours not in map(_machine, compiled):
            yield record.parent.name.removesuffix(".dist-info").replace("-", "==")


def _machine(file: Path) -> bytes:
    return file.read_bytes()[_MACHINE]
