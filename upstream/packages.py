"""Packages of PyPI, unpacked to be read as data: nothing of them is imported or run."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / "build" / "upstream"


def unpacked(requirement: str) -> Path:
    """Unpack what a requirement names, the newest that fits, and answer where.

    Raises CalledProcessError where the index does not have it.
    """
    to = UNPACKED / re.sub(r"[^\w.-]+", "-", requirement)
    command = ["scripts/uv", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
    where = ["--python-version", "3.13", "--target", str(to), requirement]
    subprocess.run([*command, *where], check=True, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 - our own words
    return to


def version_of(name: str, at: Path) -> str:
    """Read the version of an unpacked package."""
    folder = re.sub(r"[-_.]+", "_", name)
    [found] = [each for each in at.glob("*.dist-info") if each.name.startswith(f"{folder}-")]
    return found.name.removesuffix(".dist-info").rpartition("-")[2]


def locked(name: str) -> str | None:
    """Read the version in our own lock file; None for what we do not use."""
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    found = re.search(rf'^name = "{re.escape(name)}"\nversion = "([^"]+)"', text, re.MULTILINE)
    return found[1] if found else None
