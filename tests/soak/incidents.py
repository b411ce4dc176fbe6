"""What happens to the guard itself: queues that stand still, a silence, and what its admins do."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from costguard.policy.model import Mode
from tests.soak.invariants import Invariants
from tests.soak.oracle import Oracle
from tests.soak.policy import policy_text
from tests.soak.simulation import Simulation

PERIOD = 10  # days
SILENT_DAYS = range(5, 9)  # the guard sleeps from the fifth morning to the tenth
SILENCE = timedelta(days=5)
_BLOCKED = 0.4  # of the days, each queue, and the schedule


class Incidents:
    """Plans them day by day; each of a period once."""

    def __init__(
        self, simulation: Simulation, invariants: Invariants, oracle: Oracle, start: datetime
    ) -> None:
        self._simulation, self._invariants, self._oracle = simulation, invariants, oracle
        self._start = start
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}

    def plan(self, day: datetime) -> None:
        """Plan a day's."""
        number = (day - self._start).days % PERIOD
        for hour, act in self._of(number):
            self._simulation.clock.call_at(day + timedelta(hours=hour), act)
        if number not in SILENT_DAYS:
            self._block_queues(day)

    def is_silent(self, now: datetime) -> bool:
        """Tell whether the guard sleeps."""
        return now < self._simulation.silent_until

    def _of(self, number: int) -> list[tuple[float, Callable[[], None]]]:
        other = policy_text(self._start, naming="observe", labs=True)
        days: dict[int, list[tuple[float, Callable[[], None]]]] = {
            2: [
                (5, partial(self._deploy, other)),
                (12, partial(self._deploy, policy_text(self._start))),
            ],
            3: [(1, self._keep), (6, self._kill), (8, self._restore), (9, self._raise)],
            4: [(6, self._sleep)],
            9: [(6, self._wake), (12, self._kill), (15, self._raise)],
        }
        return days.get(number, [])

    def _block_queues(self, day: datetime) -> None:
        rng = self._simulation.plan.random("blocked queues")
        for queue in ("notify", "stops", "sweeps"):
            if rng.random() < _BLOCKED:
                begin = day + timedelta(hours=rng.uniform(1, 12))
                until = begin + timedelta(hours=rng.uniform(1, 4))
                self._simulation.clock.call_at(begin, partial(self._block, queue, until))

    def _block(self, queue: str, until: datetime) -> None:
        setattr(self._simulation, f"{queue}_blocked_until", until)
        self._count("schedules off" if queue == "sweeps" else f"blocked {queue} queues")

    def _deploy(self, policy: str) -> None:
        self._simulation.deployed.roll_out(policy=policy)
        self._oracle.read(policy)
        self._invariants.look()
        self._count("policies deployed")

    def _kill(self) -> None:
        self._simulation.deployed.roll_out(mode=Mode.OBSERVE)
        self._invariants.killed = True
        self._count("kill switches")

    def _raise(self) -> None:
        self._simulation.deployed.roll_out(mode=Mode.ENFORCE)
        self._invariants.killed = False
        self._invariants.begin_anew()

    def _sleep(self) -> None:
        self._simulation.silent_until = self._simulation.clock.now() + SILENCE
        self._count("silences of five days")

    def _wake(self) -> None:
        self._invariants.begin_anew()

    def _keep(self) -> None:
        """Take the moment to which the ledger is restored later."""
        self._kept = {pk: dict(part) for pk, part in self._simulation.table.rows.items()}

    def _restore(self) -> None:
        """Copy the rows back over the others, and tell the guard, as scripts/copy-ledger does."""
        for pk, part in self._kept.items():
            there = self._simulation.table.rows.setdefault(pk, {})
            there |= {sk: row for sk, row in part.items() if not _is_read(there.get(sk, {}))}
        woke = {"pk": "note", "sk": "woke", "time": self._simulation.clock.now().isoformat()}
        self._simulation.table.put({"Item": {key: {"S": text} for key, text in woke.items()}})
        self._count("ledgers restored")

    def _count(self, what: str) -> None:
        self._simulation.plan.injected[what] += 1


def _is_read(row: Mapping[str, Any]) -> bool:
    """Tell whether a row knows of a message that went out."""
    return "taken" in row or row.get("status") in ({"S": "sent"}, {"S": "failed"})
