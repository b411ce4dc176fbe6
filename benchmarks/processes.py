"""Fresh processes, with what each one took: seconds, processor seconds, memory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took, and the last line that it printed, as JSON where it is that."""

    seconds: float
    processor: float  # user and system, in seconds
    memory: float  # megabytes, at the peak
    said: Any

    @property
    def took(self) -> dict[str, float]:
        """The numbers alone."""
        return {"seconds": self.seconds, "processor": self.processor, "MB": self.memory}


class RunFailed(RuntimeError):
    """A measured program failed; the message is what it said."""


def run(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path | None = None) -> Run:
    """Run it to its end. Raises RunFailed."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as took:
        weigh: list[str | Path] = [
            sys.executable,
            "-I",
            "-S",
            HERE / "programs" / "weigh.py",
            took.name,
        ]
        done = subprocess.run(  # noqa: S603 - the benchmark's own programs
            [*weigh, *command],
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            check=False,
        )
        if done.returncode:
            raise RunFailed(f"{command}: {done.stdout[-4000:]}")
        return Run(**json.load(took), said=_json(done.stdout))


def _json(said: str) -> Any:
    last = said.strip().rpartition("\n")[2]
    try:
        return json.loads(last)
    except ValueError:
        return said


def middle(runs: Sequence[Run]) -> Run:
    """Give the median of each number."""
    return Run(
        median(r.seconds for r in runs),
        median(r.processor for r in runs),
        median(r.memory for r in runs),
        runs[-1].said,
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that so many percent do not exceed: the nearest rank."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def announce(what: str) -> None:
    """Say what is being measured."""
    sys.stderr.write(f"  {what}\n")
    sys.stderr.flush()
