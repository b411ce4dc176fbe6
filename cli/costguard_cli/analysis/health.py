"""Is the guard working? Judged from what its stack, its metrics and its queues tell. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from costguard.common.datetimes import say_duration
from costguard.policy.model import Policy

DAILY = timedelta(hours=26)
AT_LEAST = timedelta(minutes=30)  # as the NoSweep alarm in template.yaml
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


class HealthState(Enum):
    """How one thing is."""

    FINE = "fine"
    NOTE = "note"  # worth knowing, and no fault
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that was looked at."""

    of: str
    state: HealthState
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All signs of one stack. `unseen` could not be looked at."""

    region: str
    stack: str
    now: datetime
    functions: tuple[HealthCheck, ...]
    queues: tuple[HealthCheck, ...]
    alarms: tuple[HealthCheck, ...]
    versions: Mapping[str, str]
    policy: Policy | None
    unseen: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Tell whether nothing is broken."""
        signs = (*self.functions, *self.queues, *self.alarms)
        return all(sign.state is not HealthState.BROKEN for sign in signs)


def heartbeat(
    function: str, last: datetime | None, every: timedelta | None, changed: datetime, now: datetime
) -> HealthCheck:
    """Judge when a function was last well. `every`: the longest its heart may stand still.

    What only events call has no such limit. What was just deployed has not had its time yet.
    """
    if last is not None:
        ago = say_duration(max(now - last, timedelta(0)))
        late = every is not None and now - last > every
        said = f"last heartbeat {ago} ago"
        return HealthCheck(function, HealthState.BROKEN if late else HealthState.FINE, said)
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
    """Answer the longest that a function's heart may stand still; None for what events call."""
    if function == "Report":
        return DAILY
    if function != "Sweep":
        return None
    rate = _RATE.fullmatch(parameters.get("SweepEvery", ""))
    if not rate:
        return AT_LEAST
    return max(AT_LEAST, 3 * timedelta(**{f"{rate[2]}s": int(rate[1])}))


def dead_letters(waiting: int) -> HealthCheck:
    """Judge the dead-letter queue: anything in it failed for good."""
    if waiting:
        return HealthCheck("dead letters", HealthState.BROKEN, f"{waiting} that failed for good")
    return HealthCheck("dead letters", HealthState.FINE, "none")


def waiting(name: str, number: int) -> HealthCheck:
    """Say how much waits in a queue; that it waits is no fault."""
    return HealthCheck(name, HealthState.NOTE if number else HealthState.FINE, f"{number} waiting")


def alarm(name: str, state: str) -> HealthCheck:
    """Judge an alarm; one without data yet is worth knowing."""
    states = {"OK": HealthState.FINE, "ALARM": HealthState.BROKEN}
    return HealthCheck(name, states.get(state, HealthState.NOTE), state.lower().replace("_", " "))
