"""Delivery of events: best effort, sometimes twice, late, or not at all.

"SageMaker AI may send multiple events for each state change"; EventBridge delivers events of this
service best effort and in no order (automating-sagemaker-with-eventbridge, eb-service-event).
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from local.clock import Clock

type Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Rates, from 0 to 1, of lost, doubled and late events; late ones are delayed by `late_by`.

    What happens to an event depends on the seed, its resource and its number among the events of
    that resource, never on thread timing, so a run can be repeated.
    """

    seed: int = 0
    duplicate: float = 0.0
    late: float = 0.0
    lose: float = 0.0
    late_by: timedelta = timedelta(minutes=5)


class EventDelivery:
    """Give events their ids and deliver them, with the faults of `faults`.

    `events` is every event, `sent` every delivered one, in order; `fault_counts` counts the lost,
    doubled and late ones.
    """

    def __init__(self, clock: Clock, emit: Callable[[Event], None], faults: Faults) -> None:
        self.faults = faults
        self.events: list[Event] = []
        self.sent: list[Event] = []
        self.fault_counts: Counter[str] = Counter()
        self._clock = clock
        self._emit = emit
        self._count: Counter[str] = Counter()
        self._to_lose: list[Callable[[Event], bool]] = []
        self._lock = threading.Lock()

    def lose_next(self, matches: Callable[[Event], bool]) -> None:
        """Lose the next event that `matches` accepts."""
        self._to_lose.append(matches)

    def publish(self, event: Event) -> None:
        """Give an event its id and deliver it."""
        with self._lock:
            subject = _subject(event)
            self._count[subject] += 1
            seed = f"{self.faults.seed}/{subject}/{self._count[subject]}"
            rng = Random(seed)  # noqa: S311 - faults to be had again, no secret
            event["id"] = _id(rng)
            self.events.append(event)
            to_lose = next((matches for matches in self._to_lose if matches(event)), None)
            if to_lose:
                self._to_lose.remove(to_lose)
        if not to_lose:
            self._deliver(event, rng)

    def _deliver(self, event: Event, rng: Random) -> None:
        faults = self.faults
        lost, twice, late = (
            rng.random() < chance for chance in (faults.lose, faults.duplicate, faults.late)
        )
        if lost:
            self.fault_counts["lost events"] += 1
            return
        copies = [event]
        if twice:
            self.fault_counts["doubled events"] += 1
            copies.append(event if rng.random() < 1 / 2 else {**event, "id": _id(rng)})
        last = copies.pop()
        for copy in copies:
            self._send(copy)
        if late:
            self.fault_counts["late events"] += 1
            self._clock.call_in(faults.late_by, partial(self._send, last))
        else:
            self._send(last)

    def _send(self, event: Event) -> None:
        self.sent.append(event)
        self._emit(event)


def _subject(event: Event) -> str:
    subject = "".join(event["resources"]) or event["detail"].get("eventName", "")
    return f"{event['detail-type']}/{subject}"


def _id(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
