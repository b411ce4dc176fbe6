"""Health of a deployed guard: checks of its functions, queues and alarms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from costguard.common.datetimes import say_duration
from costguard.costs.prices import Prices
from costguard.policy.model import Policy
from costguard.resources.unwatched import UnwatchedList

DAILY = timedelta(hours=26)
SHORTEST = timedelta(minutes=30)  # as the NoSweep alarm in template.yaml
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


class HealthState(Enum):
    """The result of one check."""

    FINE = "fine"
    NOTE = "note"  # worth knowing, and no fault
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One check: its subject, its result, and a description."""

    name: str
    state: HealthState
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All checks of one stack. `unseen` is what could not be read."""

    region: str
    stack: str
    now: datetime
    functions: tuple[HealthCheck, ...]
    queues: tuple[HealthCheck, ...]
    alarms: tuple[HealthCheck, ...]
    versions: Mapping[str, str]
    policy: Policy | None
    unwatched: UnwatchedList | None = None  # as the sweep saw it last
    prices: Prices = field(default_factory=Prices)
    unseen: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether no check is broken."""
        checks = (*self.functions, *self.queues, *self.alarms)
        return all(check.state is not HealthState.BROKEN for check in checks)


def kernels_unasked(refused: datetime, now: datetime) -> HealthCheck:
    """Report that kernels could not be asked: their notebooks do not count as idle."""
    age = say_duration(max(now - refused, timedelta(0)))
    text = f"kernels could not be asked, last {age} ago: web sockets are refused on the way"
    return HealthCheck("Probe's questions", HealthState.NOTE, text)


def heartbeat(
    function: str, last: datetime | None, every: timedelta | None, changed: datetime, now: datetime
) -> HealthCheck:
    """Check the last heartbeat of a function. `every` is the longest time between two.

    Functions that only events invoke have no such limit. A function just deployed has no heartbeat
    yet.
    """
    if last is not None:
        age = say_duration(max(now - last, timedelta(0)))
        late = every is not None and now - last > every
        text = f"last heartbeat {age} ago"
        return HealthCheck(function, HealthState.BROKEN if late else HealthState.FINE, text)
    if every is None:
        return HealthCheck(
            function, HealthState.NOTE, "no heartbeat in 14 days: it may not have been called"
        )
    if now - changed <= every:
        return HealthCheck(
            function, HealthState.NOTE, "no heartbeat yet; it was deployed a short while ago"
        )
    return HealthCheck(function, HealthState.BROKEN, "no heartbeat in 14 days")


def heartbeat_interval(function: str, parameters: Mapping[str, str]) -> timedelta | None:
    """Return the longest time between two heartbeats; None for functions invoked by events."""
    if function == "Report":
        return DAILY
    if function != "Sweep":
        return None
    rate = _RATE.fullmatch(parameters.get("SweepEvery", ""))
    if not rate:
        return SHORTEST
    return max(SHORTEST, 3 * timedelta(**{f"{rate[2]}s": int(rate[1])}))


def dead_letters(waiting: int) -> HealthCheck:
    """Check the dead-letter queue: each message in it has failed for good."""
    if waiting:
        return HealthCheck(
            "dead letters", HealthState.BROKEN, f"{waiting} that failed after all retries"
        )
    return HealthCheck("dead letters", HealthState.FINE, "none")


def waiting(name: str, number: int) -> HealthCheck:
    """Describe the number of messages in a queue; waiting messages are no fault."""
    return HealthCheck(name, HealthState.NOTE if number else HealthState.FINE, f"{number} waiting")


def admin_topic(confirmed: int) -> HealthCheck:
    """Check the admins' topic: without a confirmed subscription nobody reads it."""
    if confirmed:
        return HealthCheck("admins' topic", HealthState.FINE, f"{confirmed} confirmed")
    text = "no subscription is confirmed: subscribe, or follow the link in the e-mail from SNS"
    return HealthCheck("admins' topic", HealthState.BROKEN, text)


def alarm(name: str, state: str, *, early: bool = False) -> HealthCheck:
    """Check an alarm; one without data, or that rings too early to mean anything, is noted."""
    if state == "ALARM" and early:
        return HealthCheck(name, HealthState.NOTE, "no data yet; the stack is new")
    states = {"OK": HealthState.FINE, "ALARM": HealthState.BROKEN}
    return HealthCheck(name, states.get(state, HealthState.NOTE), state.lower().replace("_", " "))


def is_early(alarm_row: Mapping[str, Any], age: timedelta) -> bool:
    """Tell whether a stack is younger than the silence that an alarm rings for.

    Such an alarm rings from its first minute on, when what it waits for had no time to come.
    """
    rings_for_silence = alarm_row.get("TreatMissingData") == "breaching"
    periods = alarm_row.get("Period", 0) * alarm_row.get("EvaluationPeriods", 0)
    return rings_for_silence and age <= timedelta(seconds=periods)
