"""Cloud Custodian in an environment of its own, with one equivalent policy."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.counting import CountingAws
from benchmarks.processes import HERE, Run, run
from local.paths import PROJECT

CLIENT = "custodian"
HOME = PROJECT / "build" / "custodian"
PYTHON = HOME / "bin" / "python"
SITE = HOME / "lib" / "python3.13" / "site-packages"
REQUIREMENTS = HERE / "custodian" / "requirements.txt"
POLICY = HERE / "custodian" / "policy.json"


def install() -> None:
    """Make its environment, from the lock file beside its policy."""
    stamp = HOME / "installed.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return
    uv = PROJECT / "scripts" / "uv"
    subprocess.run([uv, "venv", "--quiet", "--no-project", "--clear", HOME], check=True)  # noqa: S603
    subprocess.run(  # noqa: S603
        [uv, "pip", "sync", "--quiet", "--compile-bytecode", "--python", HOME, REQUIREMENTS],
        check=True,
    )
    stamp.write_text(REQUIREMENTS.read_text())


def sweep(aws: CountingAws, out: Path) -> Run:
    """Run the policy once, without a cache."""
    tool, place = HOME / "bin" / "custodian", aws.region
    options: list[str | Path] = ["--cache-period", "0", "--output-dir", out, POLICY]
    return run([tool, "run", "--region", place, *options], {**aws.env, "AWS_SDK_UA_APP_ID": CLIENT})


def program(name: str, *arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> Run:
    """Run one of `programs/` with Custodian."""
    return run([PYTHON, "-I", HERE / "programs" / f"{name}.py", *arguments], env, cwd)


def policy() -> dict[str, Any]:
    """Read the policy that it sweeps with."""
    (found,) = json.loads(POLICY.read_text(encoding="utf-8"))["policies"]
    return dict(found)


def installed(package: str) -> str:
    """Name the version of a package in its environment."""
    (found,) = SITE.glob(f"{package}-*.dist-info")
    return found.name.removeprefix(f"{package}-").removesuffix(".dist-info")
