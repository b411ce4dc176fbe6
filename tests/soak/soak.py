"""One soak: a random account, many simulated days, the laws at the end of each."""

import time
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from local.faults import FaultRates
from local.sagemaker.event_delivery import Faults
from tests.soak.build import Build
from tests.soak.invariant import Breach
from tests.soak.invariants import Laws
from tests.soak.oracle import Oracle
from tests.soak.people import People
from tests.soak.policy import written
from tests.soak.world import SWEEP, World

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FAULTY = (0, 17)
"""Things go wrong until five in the afternoon; the rest of the day shows who recovers."""
UNRELIABLE = Faults(duplicate=0.1, late=0.1, lose=0.1)
_NEWCOMERS, _WIPED = timedelta(hours=17, minutes=20), timedelta(hours=18)


@dataclass(slots=True)
class Result:
    """What came of a soak."""

    seed: int
    days: int = 0
    resources: int = 0
    stops: int = 0
    injected: dict[str, int] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    story: dict[str, list[str]] = field(default_factory=dict)
    invocations: dict[str, int] = field(default_factory=dict)
    dead: int = 0


class Soak:
    """A world with people in it, watched."""

    def __init__(
        self,
        seed: int,
        build: Build | None = None,
        weather: FaultRates | None = None,
        events: Faults = UNRELIABLE,
    ) -> None:
        self.result = Result(seed)
        policy = written(START)
        weather = replace(weather or FaultRates(), hours=FAULTY)
        self.world = World(seed, START, policy, weather, build or Build())
        self.people = People(self.world, seed)
        self.laws = Laws(self.world, self.people, Oracle(policy, self.people))
        self._events = Faults(
            seed=seed, duplicate=events.duplicate, late=events.late, lose=events.lose
        )
        self.world.sweeping()
        self.world.clock.call_in(SWEEP / 2, self._tick)

    def run(self, until: Callable[[int], bool]) -> Result:
        """Live day after day until somebody says so, or a law does not hold."""
        while not until(self.result.days) and self._day():
            self.result.days += 1
        self._count()
        return self.result

    def _day(self) -> bool:
        """Live a day; False as soon as a law does not hold."""
        world, begin = self.world, START + DAY * self.result.days
        self.people.live(begin)
        if self.result.days % 3 == 1:
            world.clock.call_at(begin + _NEWCOMERS, self.people.newcomers)
            world.clock.call_at(begin + _WIPED, self._lose_the_ledger)
        for hour in range(24):
            calm = world.plan.rates.is_quiet(begin + hour * HOUR)
            world.account.faults = Faults() if calm else self._events
            world.clock.advance_to(begin + (hour + 1) * HOUR)
            if self.laws.breaches:
                return False
        self.laws.evening()
        world.table.expire(world.clock.now())
        self._forget()
        return not self.laws.breaches

    def _tick(self) -> None:
        self.laws.tick()
        self.world.clock.call_in(SWEEP, self._tick)

    def _lose_the_ledger(self) -> None:
        self.world.table.forget("case", "note")
        self.laws.wiped()
        self.world.plan.injected["ledgers lost"] += 1
        self.world.clock.call_in(2 * SWEEP + SWEEP / 2, self.laws.rebuilt)

    def _count(self) -> None:
        result, world = self.result, self.world
        result.resources, result.stops = self.people.created, self.laws.stops
        fates = world.account.fault_counts
        result.injected = dict(sorted({**world.plan.injected, **fates}.items()))
        result.breaches, result.story = self.laws.breaches, self.people.story
        result.invocations, result.dead = dict(world.numbers), len(world.dead)

    def _forget(self) -> None:
        """Let go of what has ended long ago, as AWS's lists would not, to stay fast."""
        account, now = self.world.account, self.world.clock.now()
        account.events.clear()
        account.sent.clear()
        for kept in account._store._resources.values():
            for name, job in list(kept.items()):
                over = job.status in {"Completed", "Failed", "Stopped"} and job.kind.stages
                if over and now - job.fields["LastModifiedTime"] > 2 * DAY:
                    del kept[name]


def lasting(seconds: float) -> Callable[[int], bool]:
    """Stop after so many real seconds."""
    end = time.monotonic() + seconds
    return lambda _days: time.monotonic() > end


def days(number: int) -> Callable[[int], bool]:
    """Stop after so many simulated days."""
    return lambda done: done >= number
