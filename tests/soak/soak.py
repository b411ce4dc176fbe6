"""One soak: a random account, many simulated days, the invariants checked at the end of each."""

import time
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from local.faults import FaultRates
from local.sagemaker.event_delivery import Faults
from tests.soak.build import Build
from tests.soak.incidents import Incidents
from tests.soak.invariant import Breach
from tests.soak.invariants import Invariants
from tests.soak.oracle import Oracle
from tests.soak.people import People
from tests.soak.policy import policy_text
from tests.soak.simulation import SWEEP, Simulation

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FAULTY = (0, 17)
"""Things go wrong until five in the afternoon; the rest of the day shows who recovers."""
UNRELIABLE = Faults(duplicate=0.1, late=0.1, lose=0.1)
_REDRIVEN = timedelta(hours=17, minutes=5)
_NEWCOMERS, _WIPED = timedelta(hours=17, minutes=20), timedelta(hours=18)


@dataclass(slots=True)
class Result:
    """The result of a soak."""

    seed: int
    days: int = 0
    resources: int = 0
    stops: int = 0
    injected: dict[str, int] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    history: dict[str, list[str]] = field(default_factory=dict)
    invocations: dict[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    letters: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # by channel


class Soak:
    """A simulated account with people in it, and the invariants."""

    def __init__(
        self,
        seed: int,
        build: Build | None = None,
        rates: FaultRates | None = None,
        events: Faults = UNRELIABLE,
        *,
        answers: bool = False,
    ) -> None:
        self.result = Result(seed)
        policy = policy_text(START)
        rates = replace(rates or FaultRates(), hours=FAULTY)
        self.simulation = Simulation(seed, START, policy, rates, build or Build())
        self.people = People(self.simulation, seed)
        oracle = Oracle(policy, self.people)
        self.invariants = Invariants(self.simulation, self.people, oracle)
        if answers:
            self.invariants.answers.begin(seed)
        self.incidents = Incidents(self.simulation, self.invariants, oracle, START)
        self._events = Faults(
            seed=seed, duplicate=events.duplicate, late=events.late, lose=events.lose
        )
        self.simulation.start_schedule()
        self.simulation.clock.call_in(SWEEP / 2, self._tick)

    def run(self, until: Callable[[int], bool]) -> Result:
        """Simulate day after day until `until` holds, or an invariant is violated."""
        while not until(self.result.days) and self._day():
            self.result.days += 1
        self._count()
        return self.result

    def _day(self) -> bool:
        """Simulate a day; False as soon as an invariant is violated."""
        simulation, begin = self.simulation, START + DAY * self.result.days
        self.people.live(begin)
        self.incidents.plan(begin)
        simulation.clock.call_at(begin + _REDRIVEN, simulation.redrive)
        if self.result.days % 3 == 1:
            simulation.clock.call_at(begin + _NEWCOMERS, self._newcomers)
            simulation.clock.call_at(begin + _WIPED, self._lose_the_ledger)
        for hour in range(24):
            calm = simulation.plan.rates.is_quiet(begin + hour * HOUR)
            simulation.account.faults = Faults() if calm else self._events
            simulation.clock.advance_to(begin + (hour + 1) * HOUR)
            if self.invariants.breaches:
                return False
        self.invariants.check_day()
        simulation.table.expire(simulation.clock.now())
        self._forget()
        return not self.invariants.breaches

    def _tick(self) -> None:
        self.invariants.check_now()
        self.simulation.clock.call_in(SWEEP, self._tick)

    def _newcomers(self) -> None:
        if not self.incidents.is_silent(self.simulation.clock.now()):
            self.people.newcomers()

    def _lose_the_ledger(self) -> None:
        if self.incidents.is_silent(self.simulation.clock.now()):
            return
        self.simulation.table.forget("case", "note")
        self.invariants.on_ledger_lost()
        self.simulation.plan.injected["ledgers lost"] += 1
        self.simulation.clock.call_in(2 * SWEEP + SWEEP / 2, self.invariants.check_rebuilt_ledger)

    def _count(self) -> None:
        result, simulation = self.result, self.simulation
        result.resources, result.stops = self.people.created, self.invariants.stops
        fault_counts = simulation.account.fault_counts
        result.injected = dict(sorted({**simulation.plan.injected, **fault_counts}.items()))
        result.breaches, result.history = self.invariants.breaches, self.people.history
        result.letters = self.invariants.hearing.rates()
        result.invocations, result.dead_letters = (
            dict(simulation.invocations),
            len(simulation.dead_letters),
        )

    def _forget(self) -> None:
        """Delete jobs that ended long ago, to stay fast."""
        account, now = self.simulation.account, self.simulation.clock.now()
        account.events.clear()
        account.sent.clear()
        for resources in account._store._resources.values():
            for name, job in list(resources.items()):
                over = job.status in {"Completed", "Failed", "Stopped"} and job.kind.stages
                if over and now - job.fields["LastModifiedTime"] > 2 * DAY:
                    del resources[name]


def lasting(seconds: float) -> Callable[[int], bool]:
    """Stop after so many real seconds."""
    end = time.monotonic() + seconds
    return lambda _days: time.monotonic() > end


def days(number: int) -> Callable[[int], bool]:
    """Stop after so many simulated days."""
    return lambda done: done >= number
