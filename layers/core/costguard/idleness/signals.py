"""The signals of activity: the content, time and trust of each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.idleness.kernels import JudgedKernel, judge_kernels
from costguard.resources.activity import BUSY, Activity, Heartbeat, JupyterActivity

SILENT_AFTER = timedelta(minutes=15)
"""Without a beat for this long a heartbeat is silent: it beats every minute, CloudWatch lags."""

_LONG_AGO = timedelta(days=3650).total_seconds()


class SignalState(Enum):
    """The state that one signal shows."""

    WORKING = "working"
    QUIET = "quiet"
    UNKNOWN = "unknown"


class Trust(Enum):
    """How far a signal can be trusted."""

    AWS = "aws"  # AWS says so: nobody can fake it
    PROBED = "asked"  # the Jupyter server and its kernels, asked from outside
    SELF_REPORTED = "told"  # reported by the notebook itself, where its user has root
    UNSIGNED = "sent"  # metrics that anybody in the account may have sent
    DOUBTFUL = "doubtful"  # looks the same for a working and an idle notebook


class Signal(Struct, frozen=True, kw_only=True):
    """The content of one signal, its time, and its trust."""

    signal: str  # jupyter, heartbeat or job
    state: SignalState
    says: str
    seen: datetime
    trust: Trust
    last: datetime | None = None  # the last activity it knows of
    source: str = ""  # its source, in words


class LoadThreshold(Struct, frozen=True, kw_only=True):
    """Above this load the notebook works: percent of one core, percent of a GPU."""

    cpu: int = 10
    gpu: int = 5


def signals_of(activity: Activity, load: LoadThreshold, now: datetime) -> Iterator[Signal]:
    """Read all signals, the most reliable first."""
    running = next((job for job in activity.jobs if job.ended is None), None)
    if activity.jupyter:
        yield _jupyter_signal(activity.jupyter, activity)
    if inside := read_signal(activity, load, now):
        yield inside
    if activity.heartbeats:
        yield _sent_signal(activity.heartbeats, load, now)
    if running:
        says = f"the {running.title} {single_line(running.name)} runs"
        yield Signal(
            signal="job",
            state=SignalState.WORKING,
            says=says,
            seen=now,
            trust=Trust.AWS,
            source="SageMaker",
        )


def read_signal(activity: Activity, load: LoadThreshold, now: datetime) -> Signal | None:
    """Read the heartbeat's own file, as the probe found it on the notebook."""
    beats = activity.jupyter.beats if activity.jupyter else ()
    return _heartbeat_signal(beats, load, now) if beats else None


def _jupyter_signal(jupyter: JupyterActivity, activity: Activity) -> Signal:
    """Read the answers of the Jupyter server and its kernels."""
    judged = judge_kernels(activity)
    lasts = [min(each.last, jupyter.seen) for each in judged if each.last]
    outputs = [min(output, jupyter.seen) for output in jupyter.terminals]
    state, says = _verdict(jupyter, judged)
    asked = [each.asked for each in judged if each.asked]
    many = pluralize(len(judged), "kernel")
    return Signal(
        signal="jupyter",
        state=state,
        says=says,
        seen=jupyter.seen,
        trust=Trust.DOUBTFUL if jupyter.terminals else Trust.PROBED,
        last=max([*lasts, *outputs], default=None),
        source=f"Jupyter, {many} asked and free" if asked else "Jupyter",
    )


def _verdict(jupyter: JupyterActivity, judged: list[JudgedKernel]) -> tuple[SignalState, str]:
    """Evaluate the server's answer; work in any part of it counts first."""
    if works := _working_kernels(judged):
        return SignalState.WORKING, works
    if jupyter.problem:
        answers = "answers in part" if jupyter.partly else "gives no answer"
        return SignalState.UNKNOWN, f"Jupyter {answers} ({single_line(jupyter.problem)})"
    if unasked := [each for each in judged if each.free is None]:
        why = single_line(jupyter.why_unasked or "it was not asked")
        says = (
            f"a kernel is listed as {single_line(unasked[0].state)!r}, which proves nothing: {why}"
        )
        return SignalState.UNKNOWN, says
    open_now = f"{pluralize(len(jupyter.terminals), 'terminal')} open without output"
    return SignalState.QUIET, f"no kernel busy, {open_now if jupyter.terminals else 'no terminal'}"


def _working_kernels(judged: list[JudgedKernel]) -> str | None:
    """Describe the working kernels; None if none is known to work."""
    busy = sum(each.state == BUSY for each in judged)
    if busy:
        return f"{pluralize(busy, 'kernel')} busy"
    mute = sum(each.free is False for each in judged)
    does = "does" if mute == 1 else "do"
    words = f"{pluralize(mute, 'kernel')} listed as idle {does} not answer: a cell runs"
    return words if mute else None


def _heartbeat_signal(beats: tuple[Heartbeat, ...], load: LoadThreshold, now: datetime) -> Signal:
    """Read the heartbeat: the newest beat gives the state, older ones the last work."""
    newest = beats[-1]
    work = _work(newest, load)
    state, says = SignalState.QUIET, "no process works"
    if now - newest.at > SILENT_AFTER:
        state, says = SignalState.UNKNOWN, "the heartbeat has stopped"
    elif work:
        state, says = SignalState.WORKING, work
    elif newest.busy_kernels is None:
        state, says = SignalState.UNKNOWN, "the heartbeat cannot see the kernels"
    return Signal(
        signal="heartbeat",
        state=state,
        says=says,
        seen=min(newest.at, now),
        trust=Trust.SELF_REPORTED,
        last=_last_work(beats, load, now),
        source="the heartbeat on the notebook",
    )


def _sent_signal(beats: tuple[Heartbeat, ...], load: LoadThreshold, now: datetime) -> Signal:
    """Read the heartbeat's metrics: work in them counts, but no work proves nothing."""
    newest = beats[-1]
    work = _work(newest, load) if now - newest.at <= SILENT_AFTER else None
    return Signal(
        signal="heartbeat",
        state=SignalState.WORKING if work else SignalState.UNKNOWN,
        says=work or "metrics show no work, which proves nothing: anybody may have sent them",
        seen=min(newest.at, now),
        trust=Trust.UNSIGNED,
        last=_last_work(beats, load, now),
        source="the heartbeat's metrics",
    )


def _last_work(beats: tuple[Heartbeat, ...], load: LoadThreshold, now: datetime) -> datetime | None:
    """Return the last time of work or input."""
    moments = [beat.at for beat in beats if _work(beat, load)]
    moments += [
        min(b.at, now) - timedelta(seconds=max(0.0, b.since_input))
        for b in beats
        if b.since_input is not None and b.since_input < _LONG_AGO
    ]
    return min(max(moments), now) if moments else None


def _work(beat: Heartbeat, load: LoadThreshold) -> str | None:
    """Describe the work in words; None if there is none."""
    if beat.busy_kernels:
        return f"{pluralize(int(beat.busy_kernels), 'kernel')} busy"
    if beat.working_terminals:
        return f"{pluralize(int(beat.working_terminals), 'terminal')} with a working process"
    if (beat.cpu or 0) > load.cpu:
        return f"the processor works at {beat.cpu:.0f} % of a core"
    if (beat.gpu or 0) > load.gpu:
        return f"the GPU works at {beat.gpu:.0f} %"
    return None
