"""What is known of a notebook's activity: facts as they were seen; `idleness` weighs them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel as Jupyter tells of it; `last` stands still while a cell runs (aws-facts 3.2)."""

    state: str
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JupyterActivity:
    """What the Jupyter server answered from outside, or the problem that kept it from answering."""

    seen: datetime
    kernels: tuple[Kernel, ...] = ()
    terminals: tuple[datetime, ...] = ()  # each one's last output or input
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A few minutes on the box, as its heartbeat told; `None` where it told nothing."""

    at: datetime  # the end of those minutes
    busy_kernels: float | None = None
    working_terminals: float | None = None
    cpu: float | None = None  # percent of one core
    gpu: float | None = None  # percent of the busiest GPU
    since_input: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class LaunchedJob:
    """A job that a notebook launched; `ended` is None while it runs."""

    title: str
    name: str
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeepRequest:
    """A value of the keep-until tag, and when it was first seen."""

    value: str
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """All that is known of one notebook; empty when somebody looked and saw nothing."""

    jupyter: JupyterActivity | None = None
    heartbeats: tuple[Heartbeat, ...] = ()  # oldest first
    jobs: tuple[LaunchedJob, ...] = ()
    kept: tuple[KeepRequest, ...] = ()  # earlier values of the keep-until tag


def read_jupyter(raw: dict[str, Any], seen: datetime) -> JupyterActivity:
    """Read what `probe` answers. Raises ValueError, KeyError or TypeError on anything else."""
    if problem := raw.get("problem"):
        return JupyterActivity(seen=seen, problem=str(problem))
    kernels = (Kernel(str(k["state"]), _moment(k["last"])) for k in raw["kernels"])
    terminals = (datetime.fromisoformat(t) for t in raw["terminals"])
    return JupyterActivity(seen=seen, kernels=tuple(kernels), terminals=tuple(terminals))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
