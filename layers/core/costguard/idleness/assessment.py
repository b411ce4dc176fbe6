"""From activity facts to a verdict: working, idle since, or cannot tell.

| from outside: Jupyter     | from inside: heartbeat | verdict                                     |
|---------------------------|------------------------|---------------------------------------------|
| a kernel is busy          | any                    | working (jupyter)                           |
| a kernel does not answer  | any                    | working (jupyter)                           |
| any                       | works, read or sent    | working (heartbeat)                         |
| all free, no terminal     | read, quiet            | idle                                        |
| all free, no terminal     | read, jobs let go wait | idle, not all seen                          |
| all free, no terminal     | read, silent before    | idle, but counted from when it beat again   |
| all free, no terminal     | silent, sent or none   | idle, not all seen                          |
| all free, a terminal open | read, quiet            | idle                                        |
| all free, a terminal open | silent, sent or none   | cannot tell: what does the terminal do?     |
| listed idle, not asked    | read, quiet            | idle: it asked the kernels itself           |
| listed idle, not asked    | silent, sent or none   | cannot tell: the listed state is no proof   |
| no answer, or off         | any                    | cannot tell                                 |

A running job of the notebook counts as work in every case. *Read* is the heartbeat's own file,
which the probe reads on the notebook. *Sent* are its metrics: anybody may send them, so they can
only show work. If not all work can be seen, the longer `after_unseen` applies: background jobs of a
terminal or a cell, cron, containers and other servers are in none of Jupyter's lists. If the
heartbeat was silent for a while, such work is not excluded until it beat again: the longer time
must have passed since then, too. An open browser tab does not count. Any sign of work counts, until
`max_age`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.common.formatting import pluralize
from costguard.idleness.heartbeat_history import had_let_go, seen_again_at
from costguard.idleness.signals import (
    LoadThreshold,
    Signal,
    SignalState,
    read_signal,
    signals_of,
)
from costguard.resources.activity import Activity, Heartbeat

UNSEEN = "work outside Jupyter's lists, because there is no heartbeat on the notebook"


class Working(Struct, frozen=True):
    """The notebook is working, and the signal that decided it."""

    by: Signal


class Idle(Struct, frozen=True):
    """No activity since then; the signals for that, and the work that none of them can see."""

    since: datetime
    by: tuple[Signal, ...]
    unseen: str | None = None
    seen_again: datetime | None = None  # when the heartbeat's last silence ended

    def due(self, after: timedelta, after_unseen: timedelta) -> datetime:
        """Return when it has lasted long enough, since the heartbeat beats again too."""
        due = self.since + self.wait(after, after_unseen)
        again = self.seen_again
        return due if again is None else max(due, again + max(after, after_unseen))

    def wait(self, after: timedelta, after_unseen: timedelta) -> timedelta:
        """Return how long it must last: longer if not all work can be seen."""
        return max(after, after_unseen) if self.unseen else after

    def describe(self, job: str, clock: Callable[[datetime], str]) -> str:
        """Describe the facts, their sources and times, and the work that cannot be seen."""
        facts = ", ".join([*(fact.says for fact in self.by), job])
        seen = "; ".join(f"{fact.source}, {clock(fact.seen)}" for fact in self.by)
        unseen = f". Not seen: {self.unseen}" if self.unseen else ""
        return f"no activity since {clock(self.since)}: {facts} ({seen}){unseen}"


class Unobservable(Struct, frozen=True):
    """It is unknown whether the notebook works; the missing signals, in words."""

    why: str
    since: datetime  # the last certain activity


def assess(
    activity: Activity, load: LoadThreshold, *, started: datetime, now: datetime
) -> Working | Idle | Unobservable:
    """Decide as the table says. A run that has just begun counts as activity."""
    signals = tuple(signals_of(activity, load, now))
    working = next((each for each in signals if each.state is SignalState.WORKING), None)
    if working:
        return Working(working)
    worked = activity.remembered.worked
    lasts = [each.last for each in signals if each.last]
    since = max([started, *lasts, *([min(worked, now)] if worked else [])])
    by = tuple(each for each in signals if each.state is SignalState.QUIET)
    inside = read_signal(activity, load, now)
    seen_inside = inside is not None and inside.state is SignalState.QUIET
    if not by:
        return Unobservable("; ".join(each.says for each in signals) or "no signal at all", since)
    beats = activity.jupyter.beats if activity.jupyter else ()
    again = seen_again_at(beats, now)
    if seen_inside:
        return Idle(since, by, _let_go(beats, since), again)
    if activity.jupyter and activity.jupyter.terminals:
        why = f"{by[0].says}, and no heartbeat shows whether it works"
        return Unobservable(why, since)
    return Idle(since, by, UNSEEN, again)


def last_job_end(activity: Activity) -> datetime | None:
    """Return when the last of its jobs ended."""
    return max((job.ended for job in activity.jobs if job.ended), default=None)


def _let_go(beats: tuple[Heartbeat, ...], since: datetime) -> str | None:
    """Describe background work that waits: it uses no processor, but may still work."""
    newest = beats[-1]
    many, left = int(newest.detached or 0), int(newest.threads or 0)
    if many:
        words = pluralize(many, "process") if many == 1 else f"{many} processes"
        return f"whether {words} in the background still work{'s' * (many == 1)}"
    if left:
        threads = pluralize(left, "thread")
        return f"whether {threads} of finished cells still work{'s' * (left == 1)}"
    if had_let_go(beats, since):
        return "whether what has ended in the background since then had worked"
    return None
