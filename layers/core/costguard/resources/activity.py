"""What is known of a notebook's activity: facts as they were seen; `idleness` weighs them."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import asdict

from costguard.common.observed import AwareTime, past_moment
from costguard.resources.use import MeasuredUse

BUSY = "busy"
"""The state of a kernel that runs a cell."""
CLOSED = "web socket"
"""What the reason says where the way to the kernels is closed, not one kernel's answer missing."""


class Shell(Enum):
    """What a kernel's main shell came to when it was asked."""

    FREE = "free"  # it answered in time
    BUSY = "busy"  # it took the question and did not answer in time


class Kernel(Struct, frozen=True):
    """A kernel as Jupyter reports it; `last` does not change while a cell runs.

    `state` is the state of the last status message, whichever request that belonged to: only a
    kernel that was asked is known to be free.
    """

    state: str
    last: AwareTime | None
    id: str = ""
    shell: Shell | None = None  # None: not asked, or no telling
    executions: int | None = None  # the counter of the last cell that was executed
    moved: AwareTime | None = None  # what `last` became because the kernel was asked


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A few minutes on the notebook, as its heartbeat reported; `None` is not reported."""

    at: AwareTime  # the end of those minutes
    busy_kernels: float | None = None
    working_terminals: float | None = None
    cpu: float | None = None  # percent of one core
    gpu: float | None = None  # percent of the busiest GPU
    since_input: float | None = None  # seconds
    detached: float | None = None  # processes that a terminal or a cell let go
    threads: float | None = None  # threads and timers that finished cells left in kernels


class ReportedBeat(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A heartbeat as its file on the notebook has it: so many seconds ago, by its own clock."""

    ago: float
    busy_kernels: float | None = None
    working_terminals: float | None = None
    cpu: float | None = None
    gpu: float | None = None
    since_input: float | None = None
    detached: float | None = None
    threads: float | None = None

    def seen_at(self, now: datetime) -> Heartbeat:
        """Take it as what was read now."""
        measured = {name: value for name, value in asdict(self).items() if name != "ago"}
        return Heartbeat(at=now - timedelta(seconds=self.ago), **measured)


class JupyterAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `probe` answers: what it could read, what it could not, or why it could read nothing."""

    kernels: tuple[Kernel, ...] | None = None
    terminals: tuple[AwareTime, ...] | None = None
    beats: tuple[ReportedBeat, ...] = ()
    why_unasked: str | None = None
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
        problem = self.problem or ("an impossible time" if odd else None)
        return JupyterActivity(
            seen=now,
            kernels=tuple(replace(k, last=last) for k, last in zip(kernels, lasts, strict=True)),
            terminals=tuple(output for output in outputs if output),
            beats=tuple(beat.seen_at(now) for beat in self.beats),
            why_unasked=self.why_unasked,
            problem=None if any(kernel.state == BUSY for kernel in kernels) else problem,
            partly=odd or bool(self.problem and self.kernels is not None),
            refused=self.refused,
        )


class JupyterActivity(Struct, frozen=True, kw_only=True):
    """What the Jupyter server answered from outside, or the problem that kept it from answering."""

    seen: datetime
    kernels: tuple[Kernel, ...] = ()
    terminals: tuple[datetime, ...] = ()  # each one's last output or input
    beats: tuple[Heartbeat, ...] = ()  # the heartbeat's own file on the notebook, oldest first
    why_unasked: str | None = None  # why kernels that are not busy could not be asked
    problem: str | None = None
    partly: bool = False  # some of the answer could not be read: it is not relied on again
    refused: bool = False  # the problem is ours: AWS does not let us ask


class LaunchedJob(Struct, frozen=True):
    """A job that a notebook launched; `ended` is None while it runs."""

    title: str
    name: str
    ended: datetime | None = None


class KeepRequest(Struct, frozen=True):
    """A value of the keep-until tag and when it was first seen, or a person's answer to a notice.

    An answer names the person. It is about the run that there was when it was given.
    """

    value: str
    seen: datetime
    by: str = ""


class KernelMemory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the ledger remembers of one kernel."""

    last: AwareTime  # its last activity, as far as work may have been the cause
    listed: AwareTime  # what Jupyter listed as its last activity when that was found out
    latest: AwareTime  # the newest that Jupyter listed, whatever moved it
    executions: int | None = None
    moved: AwareTime | None = None  # what Jupyter listed after the guard had asked
    free: AwareTime | None = None  # asked then, and free


class WorkMemory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the ledger remembers of the activity in one run of a notebook."""

    run: AwareTime | None = None  # when that run started
    worked: AwareTime | None = None  # the last time that it was seen to work
    says: str = ""  # what worked then
    asked: AwareTime | None = None  # the last time that its kernels were asked
    kernels: Mapping[str, KernelMemory] = field(default_factory=dict)


class LookBack(Struct, frozen=True, kw_only=True):
    """How far back a look must reach."""

    activity: timedelta = timedelta(hours=13)
    jobs: timedelta = timedelta(hours=2)


class Activity(Struct, frozen=True, kw_only=True):
    """All that is known of one resource; empty when it was observed and showed nothing.

    `unasked` is set where somebody else could ask its Jupyter: only a sign of work counts then.
    """

    jupyter: JupyterActivity | None = None
    heartbeats: tuple[Heartbeat, ...] = ()  # metrics that anybody may have sent, oldest first
    jobs: tuple[LaunchedJob, ...] = ()
    kept: tuple[KeepRequest, ...] = ()  # earlier values of the keep-until tag, and answers
    unasked: bool = False
    remembered: WorkMemory = WorkMemory()
    use: MeasuredUse | None = None  # of a kind whose use AWS measures; None: not known

    @property
    def probe_refused(self) -> bool:
        """Tell whether it is not known because AWS does not let us ask."""
        return self.jupyter is not None and self.jupyter.refused

    def if_free(self) -> "Activity":
        """Answer what would be known if every kernel that is not listed busy were free."""
        if self.jupyter is None or not self.jupyter.kernels:
            return self
        kernels = tuple(
            kernel if kernel.shell or kernel.state == BUSY else replace(kernel, shell=Shell.FREE)
            for kernel in self.jupyter.kernels
        )
        return replace(self, jupyter=replace(self.jupyter, kernels=kernels, why_unasked=None))
