"""What `sam build` made of a revision: of this one, or of one that it is measured against."""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # no types

from benchmarks import custodian, wheels
from benchmarks.processes import announce
from local.paths import PROJECT

KEPT = PROJECT / "build" / "against"
LAYERS = ("CoreLayer", "SlackLayer")
POLICY_LAYER = "PolicyLayer"
_OF_THIS_MAKE = {
    "ARGS",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV",
}
_VERSION = re.compile(r"^__version__ = ['\"](.+)['\"]", re.MULTILINE)


class NoSuchRevision(RuntimeError):
    """Git does not know the revision; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Build:
    """One build, and where it is."""

    name: str
    at: Path

    def path(self, function: str, policy: Path | None = None) -> list[Path]:
        """Give the path that Lambda searches first: the function, its layers, a policy.

        Where a layer has something that this machine cannot run, the same for this machine is
        before it.
        """
        found = [self.at / function]
        for layer in map(self.layer, LAYERS):
            found += [*filter(None, [wheels.runnable(layer)]), layer]
        return [*found, policy or self.layer(POLICY_LAYER)]

    def layer(self, name: str) -> Path:
        """Give the packages of a layer."""
        return self.at / name / "python"

    def variables(self, function: str) -> Mapping[str, str]:
        """Give what its template sets for a function in so many words: no references."""
        template = _template(self.at)
        parts = (template["Globals"]["Function"], template["Resources"][function]["Properties"])
        found: dict[str, Any] = {}
        for part in parts:
            found |= part.get("Environment", {}).get("Variables", {})
        return {name: str(value) for name, value in found.items() if not isinstance(value, dict)}

    @property
    def sdk(self) -> str:
        """Name the version of botocore that it runs with, and whose that is."""
        shipped = self.layer("CoreLayer") / "botocore" / "__init__.py"
        if not shipped.exists():
            return f"{custodian.installed('botocore')}, of the environment"
        found = _VERSION.search(shipped.read_text(encoding="utf-8"))
        return f"{found[1] if found else 'unknown'}, its own"


PRESENT = Build("present", PROJECT / ".aws-sam" / "build")


@cache
def _template(at: Path) -> Any:
    return yaml.safe_load((at / "template.yaml").read_text(encoding="utf-8"))


def full(revision: str) -> str:
    """Give a revision's full name. Raises NoSuchRevision."""
    asked = ["git", "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"]
    done = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NoSuchRevision(f"{revision}: {done.stderr.strip()}")
    return done.stdout.strip()


def edited() -> bool:
    """Tell whether the present files are other than those of the present revision."""
    asked = ["git", "status", "--porcelain"]
    done = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S603
    return bool(done.stdout.strip())


def of(revision: str) -> Build:
    """Build a revision as it builds itself, or find it built. Raises NoSuchRevision."""
    name = full(revision)
    kept = KEPT / name
    if not kept.exists():
        announce(f"building {name}")
        with tempfile.TemporaryDirectory(prefix="costguard-") as tmp:
            tree = Path(tmp)
            _check_out(name, tree)
            _make(tree)
            _keep(tree / ".aws-sam" / "build", kept)
    return Build(name[:7], kept)


def _check_out(name: str, at: Path) -> None:
    """Lay the files of a revision into a folder, without Git's own."""
    archive = at / "tree.tar"
    asked = ["git", "archive", f"--output={archive}", name]
    subprocess.run(asked, cwd=PROJECT, check=True)  # noqa: S603
    with tarfile.open(archive) as tree:
        tree.extractall(at, filter="data")
    archive.unlink()


def _make(tree: Path) -> None:
    """Run its own `make build`, with its own SAM CLI; uv is the present one, if it fits."""
    env = {name: value for name, value in os.environ.items() if name not in _OF_THIS_MAKE}
    env["PATH"] = f"{PROJECT / '.tools' / 'bin'}{os.pathsep}{env['PATH']}"
    subprocess.run(["make", "build"], cwd=tree, env=env, stdout=2, check=True)  # noqa: S607


def _keep(built: Path, kept: Path) -> None:
    """Move it to where it is found again, whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as partial:
        shutil.copytree(built, Path(partial) / "build")
        (Path(partial) / "build").rename(kept)
