"""The alarms that begin and end a lockdown, as the template sets them and CloudWatch judges them.

They see what CloudWatch sees: the metrics that the functions write to their logs, the signs of life
that the pings of the template ask for, and how many messages wait for `notify`. What a lockdown
denies is tried on the local AWS, where IAM judges it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from operator import gt, lt
from typing import Any

from costguard.adapters.metrics import alive
from costguard.common.pings import PING
from tests.contract.template import EVERYTHING, Deployment
from tests.soak.simulation import Simulation

CLOSED_WITHIN, OPEN_WITHIN = timedelta(minutes=20), timedelta(minutes=10)
_LOOK = timedelta(minutes=1)
_STACK = Deployment({**EVERYTHING.given, "SweepEvery": "rate(10 minutes)"})
_PINGED = {"Notify": "NotifyQueue", "Enforce": "StopQueue"}
_COMPARE = {"LessThanThreshold": lt, "GreaterThanThreshold": gt}
_KEPT = timedelta(hours=1)

type Points = Mapping[tuple[str, str], list[tuple[datetime, float]]]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: it rings while each of its last periods breaches the threshold."""

    properties: Mapping[str, Any]

    def rings(self, points: Points, now: datetime) -> bool:
        """Judge the last periods; a period without data is treated as the template says."""
        period = timedelta(seconds=self.properties["Period"])
        mine = points.get((self._of, self.properties["MetricName"]), [])
        periods = range(int(_STACK.text(self.properties["EvaluationPeriods"])))
        return all(
            self._breaches([n for at, n in mine if now - period * (i + 1) < at <= now - period * i])
            for i in periods
        )

    @property
    def _of(self) -> str:
        """Name the function or the queue of the last dimension."""
        (form, of), *_ = self.properties["Dimensions"][-1]["Value"].items()
        return str(of[0] if form == "Fn::GetAtt" else of)

    def _breaches(self, values: list[float]) -> bool:
        if not values:
            return bool(self.properties["TreatMissingData"] == "breaching")
        statistics = {"SampleCount": len(values), "Minimum": min(values), "Maximum": max(values)}
        compare = _COMPARE[self.properties["ComparisonOperator"]]
        return bool(compare(statistics[self.properties["Statistic"]], self.properties["Threshold"]))


class Watchdog:
    """Watches one simulation: whether the door is closed, and since when it has to be."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._points: dict[tuple[str, str], list[tuple[datetime, float]]] = defaultdict(list)
        self._alarms = [Alarm(simulation.build.alarm(each)) for each in _below("Silent")]
        self._silent_since: datetime | None = None
        self._well_since: datetime | None = None
        simulation.on_output = self._read
        simulation.clock.call_in(_LOOK, self._look)
        for function, queue in _PINGED.items():
            simulation.clock.call_in(_every(queue), partial(self._ping, function, queue))

    def problem(self) -> str:
        """Say what is wrong with the door now; empty if nothing is."""
        now, closed = self._simulation.clock.now(), self._is_closed()
        if not closed and self._silent_since and now - self._silent_since > CLOSED_WITHIN:
            return f"silent since {self._silent_since:%H:%M}, and anything may begin"
        if closed and self._well_since and now - self._well_since > OPEN_WITHIN:
            return f"well since {self._well_since:%H:%M}, and nothing large may begin"
        return ""

    def _is_closed(self) -> bool:
        return any(each.rings(self._points, self._simulation.clock.now()) for each in self._alarms)

    def _look(self) -> None:
        """Measure the queue of notices, and note whether the guard is silent or well."""
        now, there = self._simulation.clock.now(), self._simulation
        if waiting := len(there.waiting_notices) + self._is_blocked("Notify"):
            self._points["NotifyQueue", "ApproximateNumberOfMessagesVisible"].append((now, waiting))
        silent = any(map(self._is_blocked, ("Sweep", *_PINGED)))
        self._silent_since = (self._silent_since or now) if silent else None
        well = not silent and there.plan.rates.is_quiet(now)
        self._well_since = (self._well_since or now) if well else None
        for key, points in self._points.items():
            self._points[key] = [each for each in points if now - each[0] < _KEPT]
        there.clock.call_in(_LOOK, self._look)

    def _ping(self, function: str, queue: str) -> None:
        """Send a ping, which waits while nobody takes it from the queue."""
        if not self._is_blocked(function):
            with redirect_stdout(StringIO()) as out:
                alive(lambda _event, _context: None)({"Records": [{"body": PING}]}, None)
            self._read(function, out.getvalue())
        self._simulation.clock.call_in(_every(queue), partial(self._ping, function, queue))

    def _is_blocked(self, function: str) -> bool:
        there = self._simulation
        until = {
            "Notify": there.notify_blocked_until,
            "Enforce": there.stops_blocked_until,
            "Sweep": there.sweeps_blocked_until,
        }
        return max(until[function], there.silent_until) > there.clock.now()

    def _read(self, function: str, printed: str) -> None:
        """Take the metrics of a function's log (CloudWatch's embedded metric format)."""
        for line in printed.splitlines():
            told = json.loads(line)
            for directive in told.get("_aws", {}).get("CloudWatchMetrics", ()):
                for metric in directive["Metrics"]:
                    numbers = told[metric["Name"]]
                    self._add(function, metric["Name"], numbers)

    def _add(self, function: str, metric: str, numbers: Iterable[float]) -> None:
        now = self._simulation.clock.now()
        self._points[function, metric] += [(now, number) for number in numbers]


def _below(composite: str) -> list[Mapping[str, Any]]:
    """List the alarms that a composite alarm is made of."""
    rule = _STACK.text(_STACK.resources[composite]["Properties"]["AlarmRule"])
    return [_STACK.resources[name]["Properties"] for name in rule.split('"')[1::2]]


def _every(queue: str) -> timedelta:
    """Answer how often the template pings a queue."""
    schedules = _STACK.of_type("AWS::Scheduler::Schedule").values()
    [found] = [s for s in schedules if s["Target"]["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}]
    number, unit = found["ScheduleExpression"].removeprefix("rate(").rstrip(")").split()
    assert unit == "minutes"
    return timedelta(minutes=int(number))
