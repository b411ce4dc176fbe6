"""What is known of a notebook's activity: facts as they were seen; `idleness` weighs them."""

from datetime import datetime

from msgspec import Struct

from costguard.common.observed import AwareTime, past_moment

BUSY = "busy"
"""The state of a kernel that runs a cell."""


class Kernel(Struct, frozen=True):
    """A kernel as Jupyter reports it; `last` does not change while a cell runs."""

    state: str
    last: AwareTime | None


class JupyterAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `probe` answers: kernels and terminals, or the problem that kept it from finding out."""

    kernels: tuple[Kernel, ...] | None = None
    terminals: tuple[AwareTime, ...] | None = None
    problem: str | None = None
    refused: bool = False  # the problem is ours: AWS does not let us ask

    def seen_at(self, now: datetime) -> "JupyterActivity":
        """Build it from an answer of now. Raises ValueError if the answer has no facts.

        A time that cannot be weighed is a problem, unless a kernel is busy: that is told without.
        """
        kernels, terminals = self.kernels or (), self.terminals or ()
        if not self.problem and (self.kernels is None or self.terminals is None):
            raise ValueError("neither a problem, nor kernels and terminals")
        lasts = [past_moment(kernel.last, now) for kernel in kernels]
        outputs = [past_moment(moment, now) for moment in terminals]
        odd = None in outputs or any(
            kernel.last and last is None for kernel, last in zip(kernels, lasts, strict=True)
        )
        problem = self.problem or ("a time that cannot be" if odd else None)
        return JupyterActivity(
            seen=now,
            kernels=tuple(map(Kernel, (kernel.state for kernel in kernels), lasts)),
            terminals=tuple(output for output in outputs if output),
            problem=None if any(kernel.state == BUSY for kernel in kernels) else problem,
            partly=odd or bool(self.problem and self.kernels is not None),
            refused=self.refused,
        )


class JupyterActivity(Struct, frozen=True, kw_only=True):
    """What the Jupyter server answered from outside, or the problem that kept it from answering."""

    seen: datetime
    kernels: tuple[Kernel, ...] = ()
    terminals: tuple[datetime, ...] = ()  # each one's last output or input
    problem: str | None = None
    partly: bool = False  # some of the answer could not be read: it is not relied on again
    refused: bool = False  # the problem is ours: AWS does not let us ask


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A few minutes on the notebook, as its heartbeat reported; `None` is not reported."""

    at: datetime  # the end of those minutes
    busy_kernels: float | None = None
    working_terminals: float | None = None
    cpu: float | None = None  # percent of one core
    gpu: float | None = None  # percent of the busiest GPU
    since_input: float | None = None  # seconds


class LaunchedJob(Struct, frozen=True):
    """A job that a notebook launched; `ended` is None while it runs."""

    title: str
    name: str
    ended: datetime | None = None


class KeepRequest(Struct, frozen=True):
    """A value of the keep-until tag, and when it was first seen."""

    value: str
    seen: datetime


class Activity(Struct, frozen=True, kw_only=True):
    """All that is known of one notebook; empty when it was observed and showed nothing.

    `unasked` is set where somebody else could ask its Jupyter: only a sign of work counts then.
    """

    jupyter: JupyterActivity | None = None
    heartbeats: tuple[Heartbeat, ...] = ()  # oldest first
    jobs: tuple[LaunchedJob, ...] = ()
    kept: tuple[KeepRequest, ...] = ()  # earlier values of the keep-until tag
    unasked: bool = False

    @property
    def probe_refused(self) -> bool:
        """Tell whether it is not known because AWS does not let us ask."""
        return self.jupyter is not None and self.jupyter.refused
