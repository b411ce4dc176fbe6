"""From activity facts to a verdict: working, idle since, or cannot tell.

| from outside: Jupyter     | from inside: heartbeat | verdict                                     |
|---------------------------|------------------------|---------------------------------------------|
| a kernel is busy          | any                    | working (jupyter)                           |
| a kernel does not answer  | any                    | working (jupyter)                           |
| any                       | works, read or sent    | working (heartbeat)                         |
| all free, no terminal     | read, quiet            | idle                                        |
| all free, no terminal     | read, jobs let go wait | idle, not all seen                          |
| all free, no terminal     | silent, sent or none   | idle, not all seen                          |
| all free, a terminal open | read, quiet            | idle                                        |
| all free, a terminal open | silent, sent or none   | cannot tell: what does the terminal do?     |
| listed idle, not asked    | read, quiet            | idle: it asked the kernels itself           |
| listed idle, not asked    | silent, sent or none   | cannot tell: the listed state is no proof   |
| no answer, or off         | any                    | cannot tell                                 |

A job of the notebook that runs is work, whatever else. *Read* is the heartbeat's own file, which
the probe reads on the notebook; *sent* are its metrics, which anybody may send: they excuse, and
never accuse. What is idle and not all seen is so after the longer `after_unseen`: a job let go by
a terminal or a cell, cron, a container or another server is in none of Jupyter's lists. An open
tab is nothing at all. Any sign of work counts, until `max_age`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.common.formatting import pluralize
from costguard.idleness.signals import (
    LoadThreshold,
    Signal,
    SignalState,
    read_signal,
    signals_of,
)
from costguard.resources.activity import Activity

UNSEEN = "work outside Jupyter's lists, because there is no heartbeat on the notebook"


class Working(Struct, frozen=True):
    """The notebook is working, and the signal that decided it."""

    by: Signal


class Idle(Struct, frozen=True):
    """There was no activity since then; the signals that say so, and what none of them sees."""

    since: datetime
    by: tuple[Signal, ...]
    unseen: str | None = None

    def wait(self, after: timedelta, after_unseen: timedelta) -> timedelta:
        """Answer how long it must last: longer where not all was seen."""
        return max(after, after_unseen) if self.unseen else after

    def describe(self, job: str, clock: Callable[[datetime], str]) -> str:
        """Say the facts, who saw them and when, and what nobody sees."""
        facts = ", ".join([*(fact.says for fact in self.by), job])
        seen = "; ".join(f"{fact.source}, {clock(fact.seen)}" for fact in self.by)
        unseen = f". Not seen: {self.unseen}" if self.unseen else ""
        return f"no activity since {clock(self.since)}: {facts} ({seen}){unseen}"


class Unobservable(Struct, frozen=True):
    """It cannot be told whether the notebook works; which signals are missing, in words."""

    why: str
    since: datetime  # the last activity that is known for certain


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
    if seen_inside:
        return Idle(since, by, _let_go(activity))
    if activity.jupyter and activity.jupyter.terminals:
        why = f"{by[0].says}, and no heartbeat shows whether it works"
        return Unobservable(why, since)
    return Idle(since, by, UNSEEN)


def last_job_end(activity: Activity) -> datetime | None:
    """Answer when the last of its jobs ended."""
    return max((job.ended for job in activity.jobs if job.ended), default=None)


def _let_go(activity: Activity) -> str | None:
    """Say what was let go and waits: it uses no processor, and may work all the same."""
    if not (activity.jupyter and activity.jupyter.beats):
        return None
    newest = activity.jupyter.beats[-1]
    many, left = int(newest.detached or 0), int(newest.threads or 0)
    if many:
        words = pluralize(many, "process") if many == 1 else f"{many} processes"
        return f"whether {words} in the background still work{'s' * (many == 1)}"
    if left:
        return f"whether {pluralize(left, 'thread')} of finished cells still work{'s' * (left == 1)}"
    return None
