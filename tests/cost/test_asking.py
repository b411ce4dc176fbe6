"""The cost of observing 20 notebooks every five minutes: counted, not timed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.heartbeats import READINGS
from costguard.app.activity_polling import poll_activity
from costguard.policy.model import Policy, RuleSettings
from costguard.resources.model import Resource
from costguard.rules import RULES
from tests.factories import at, notebook
from tests.fakes import InMemoryWork

FLEET = tuple(notebook(f"nb-{number}", started=at(0)) for number in range(20))
POLICY = Policy(rules={"idle": RuleSettings(options=RULES["idle"].options)})
FROM_OUTSIDE = len(FLEET)
FROM_INSIDE = len(FLEET) * len(READINGS)
NO_HEARTBEAT = len(FLEET)


class World:
    """Notebooks in one state, and how often somebody asked."""

    def __init__(self, state: str = "idle", *, beating: bool = False, probe: bool = True) -> None:
        self.state, self.beating, self.now = state, beating, at(0)
        self.outside, self.inside = list[int](), list[int]()
        self.asked = 0  # how often kernels were asked
        account: Any = self
        self.senses = NotebookObserver(
            account, lambda: account, self.ask if probe else None, ledger=InMemoryWork()
        )

    def ended(self, _since: datetime, _now: datetime) -> list[tuple[Resource, datetime]]:
        return []

    def ask(self, _name: str, *, kernels: bool = False) -> dict[str, Any]:
        self.outside[-1] += 1
        self.asked += kernels
        if self.state == "dumb":
            return {"problem": "no route"}
        kernel = {"id": "one", "state": self.state, "last": at(0).isoformat()}
        return {"kernels": [kernel | ({"shell": "free"} if kernels else {})], "terminals": []}

    def get_paginator(self, _operation: str) -> "World":
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.inside[-1] += len(asked["MetricDataQueries"])
        when = [self.now - timedelta(minutes=5)] if self.beating else []
        values = [50.0] * len(when)
        yield {
            "MetricDataResults": [
                {
                    "Id": q["Id"],
                    "StatusCode": "Complete",
                    "Timestamps": when,
                    "Values": values,
                }
                for q in asked["MetricDataQueries"]
            ]
        }

    def sweep(self, begin: float, end: float) -> tuple[int, int]:
        """Sweep every five minutes; answer how many were asked, from outside and metrics."""
        self.outside, self.inside = [], []
        for minute in range(round(begin * 60), round(end * 60), 5):
            self.outside.append(0)
            self.inside.append(0)
            self.now = at(minute / 60)
            poll_activity(FLEET, POLICY, self.senses, cases={}, now=self.now)
        return sum(self.outside), sum(self.inside)


def test_in_its_first_hour_nobody_asks_a_notebook_anything() -> None:
    assert World("busy").sweep(0, 1) == (0, 0)


def test_a_notebook_at_work_is_asked_once_an_hour_and_its_heartbeat_never() -> None:
    assert World("busy").sweep(1, 9) == (8 * FROM_OUTSIDE, 0)


def test_what_works_by_its_heartbeat_alone_is_asked_again_when_it_can_be_idle_for_long() -> None:
    assert World(beating=True).sweep(1, 9) == (3 * FROM_OUTSIDE, 2 * FROM_INSIDE)


@pytest.mark.parametrize(("probe", "outside"), [(True, 16 * FROM_OUTSIDE), (False, 0)])
def test_of_whom_nothing_is_heard_is_asked_twice_an_hour(*, probe: bool, outside: int) -> None:
    assert World("dumb", probe=probe).sweep(1, 9) == (outside, 16 * NO_HEARTBEAT)


def test_what_is_idle_is_asked_in_every_sweep_until_it_stops() -> None:
    world = World()
    assert world.sweep(1, 3) == (FROM_OUTSIDE, 0)  # idle only after three hours: unseen inside
    outside, inside = world.sweep(3, 3.5)
    assert (outside, inside) == (7 * FROM_OUTSIDE, NO_HEARTBEAT)  # it has no heartbeat to ask


def test_kernels_are_asked_once_as_long_as_nothing_moves_and_never_where_none_is_idle() -> None:
    world = World()
    world.sweep(1, 6)
    assert world.asked == len(FLEET)
    busy = World("busy")
    busy.sweep(1, 6)
    assert busy.asked == 0


def test_a_restart_forgets_what_was_seen_before() -> None:
    world = World("busy")
    world.sweep(1, 1.1)
    again = tuple(notebook(n.name, started=at(1.5)) for n in FLEET)
    world.outside = [0]
    poll_activity(again, POLICY, world.senses, cases={}, now=at(2.5))
    assert world.outside == [FROM_OUTSIDE]


def test_the_look_before_a_stop_asks_everything_anew() -> None:
    world = World()
    world.sweep(1, 1.1)
    world.outside, world.inside = [0], [0]
    poll_activity(FLEET, POLICY, world.senses, cases={}, now=at(1.1), only=FLEET[0])
    assert (world.outside, world.inside) == ([2], [1])  # a look, then its kernels
