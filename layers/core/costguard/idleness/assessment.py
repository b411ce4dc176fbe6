"""From activity facts to a verdict: working, idle since, or cannot tell.

| jupyter, from outside  | heartbeat, from inside       | a job of its | verdict               |
|------------------------|------------------------------|--------------|-----------------------|
| a kernel is busy       | any                          | any          | working (jupyter)     |
| any                    | kernel, terminal, CPU or GPU | any          | working (heartbeat)   |
| any                    | any                          | runs         | working (job)         |
| quiet, no terminal     | quiet, silent or none        | none         | idle since the latest |
| quiet, a terminal open | quiet or fallen silent       | none         | idle since the latest |
| quiet, a terminal open | never heard                  | none         | cannot tell           |
| no answer              | quiet                        | none         | idle since the latest |
| no answer, or off      | silent or none               | none         | cannot tell           |

Any sign of work counts, until `max_age`. A kernel that is `starting` is quiet since it
was asked for; an open tab is nothing at all. A heartbeat that falls silent proves nothing, and
excuses nothing: its user has root.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity

SILENT_AFTER = timedelta(minutes=15)
"""Without a beat for this long a heartbeat is silent: it beats every minute, CloudWatch lags."""
_QUIET_STATES = ("idle", "starting", "restarting", "autorestarting", "dead", "terminating")


class SignalState(Enum):
    """What one signal says."""

    WORKING = "working"
    QUIET = "quiet"
    UNKNOWN = "unknown"


class Trust(Enum):
    """How far a signal can be trusted."""

    AWS = "aws"  # AWS says so: nobody can fake it
    PROBED = "asked"  # the Jupyter server, asked from outside
    SELF_REPORTED = "told"  # the box says so of itself, and its user has root
    DOUBTFUL = "doubtful"  # looks the same whether it works or not


class Signal(Struct, frozen=True, kw_only=True):
    """What one signal says, when it was seen, and how far to trust it."""

    signal: str  # jupyter, heartbeat or job
    state: SignalState
    says: str
    seen: datetime
    trust: Trust
    last: datetime | None = None  # the last activity it knows of


class Working(Struct, frozen=True):
    """The notebook is working, and the signal that decided it."""

    by: Signal


class Idle(Struct, frozen=True):
    """There was no activity since then; the signals that say so."""

    since: datetime
    by: tuple[Signal, ...]


class Unobservable(Struct, frozen=True):
    """It cannot be told whether the notebook works; which signals are missing, in words."""

    why: str
    since: datetime  # the last activity that is known for certain


class LoadThreshold(Struct, frozen=True, kw_only=True):
    """Above this the box is working: percent of one core, percent of a GPU."""

    cpu: int = 10
    gpu: int = 5


def assess(
    activity: Activity, load: LoadThreshold, *, started: datetime, now: datetime
) -> Working | Idle | Unobservable:
    """Decide as the table says. A run that has just begun counts as activity."""
    facts = tuple(signals_of(activity, load, now))
    working = next((fact for fact in facts if fact.state is SignalState.WORKING), None)
    if working:
        return Working(working)
    since = max([started, *(fact.last for fact in facts if fact.last)])
    quiet = tuple(fact for fact in facts if fact.state is SignalState.QUIET)
    if not quiet:
        return Unobservable("; ".join(fact.says for fact in facts) or "no signal at all", since)
    doubtful = next((fact for fact in quiet if fact.trust is Trust.DOUBTFUL), None)
    if doubtful and not activity.heartbeats:
        return Unobservable(f"{doubtful.says}, and no heartbeat tells whether it works", since)
    return Idle(since, quiet)


def signals_of(activity: Activity, load: LoadThreshold, now: datetime) -> Iterator[Signal]:
    """Read every signal there is, the most telling first."""
    running = next((job for job in activity.jobs if job.ended is None), None)
    if activity.jupyter:
        yield _jupyter_signal(activity.jupyter)
    if activity.heartbeats:
        yield _heartbeat_signal(activity.heartbeats, load, now)
    if running:
        says = f"the {running.title} {single_line(running.name)} runs"
        yield Signal(signal="job", state=SignalState.WORKING, says=says, seen=now, trust=Trust.AWS)


def last_job_end(activity: Activity) -> datetime | None:
    """Answer when the last of its jobs ended."""
    return max((job.ended for job in activity.jobs if job.ended), default=None)


def _jupyter_signal(jupyter: JupyterActivity) -> Signal:
    """Read the Jupyter server's answer."""
    busy = sum(kernel.state == "busy" for kernel in jupyter.kernels)
    strange = [k.state for k in jupyter.kernels if k.state not in ("busy", *_QUIET_STATES)]
    lasts = [kernel.last for kernel in jupyter.kernels if kernel.last]
    last = max([*lasts, *jupyter.terminals], default=None)
    trust = Trust.DOUBTFUL if jupyter.terminals else Trust.PROBED
    state, says = SignalState.QUIET, "no kernel busy, no terminal"
    if jupyter.problem:
        state, says = (
            SignalState.UNKNOWN,
            f"Jupyter gives no answer ({single_line(jupyter.problem)})",
        )
    elif busy:
        state, says, trust = SignalState.WORKING, f"{pluralize(busy, 'kernel')} busy", Trust.PROBED
    elif strange:
        state, says = SignalState.UNKNOWN, f"a kernel is {single_line(strange[0])!r}"
    elif jupyter.terminals:
        says = (
            f"no kernel busy, {pluralize(len(jupyter.terminals), 'terminal')} open without output"
        )
    return Signal(
        signal="jupyter", state=state, says=says, seen=jupyter.seen, trust=trust, last=last
    )


def _heartbeat_signal(beats: tuple[Heartbeat, ...], load: LoadThreshold, now: datetime) -> Signal:
    """Read the heartbeat: the newest beat says what is, the older ones when it last was not."""
    newest = beats[-1]
    work = _work(newest, load)
    state, says = SignalState.QUIET, "no process works"
    if now - newest.at > SILENT_AFTER:
        state, says = SignalState.UNKNOWN, "the heartbeat has fallen silent"
    elif work:
        state, says = SignalState.WORKING, work
    elif newest.busy_kernels is None:
        state, says = SignalState.UNKNOWN, "the heartbeat cannot see the kernels"
    moments = [beat.at for beat in beats if _work(beat, load)]
    moments += [
        min(b.at, now) - timedelta(seconds=b.since_input)
        for b in beats
        if b.since_input is not None
    ]
    last = min(max(moments), now) if moments else None
    return Signal(
        signal="heartbeat",
        state=state,
        says=says,
        seen=newest.at,
        trust=Trust.SELF_REPORTED,
        last=last,
    )


def _work(beat: Heartbeat, load: LoadThreshold) -> str | None:
    """Say what works, in words; None when nothing does."""
    if beat.busy_kernels:
        return f"{pluralize(int(beat.busy_kernels), 'kernel')} busy"
    if beat.working_terminals:
        return f"{pluralize(int(beat.working_terminals), 'terminal')} with a working process"
    if (beat.cpu or 0) > load.cpu:
        return f"the processor works at {beat.cpu:.0f} % of a core"
    if (beat.gpu or 0) > load.gpu:
        return f"the GPU works at {beat.gpu:.0f} %"
    return None
