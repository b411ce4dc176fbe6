"""The way of an event: best effort, sometimes twice, late, or not at all.

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
    """How often, from 0 to 1, an event goes astray; `late_by` says how late a late one is.

    The fate of an event depends on the seed, what it tells of and its place among the events of
    that, never on thread timing, so a run can be repeated.
    """

    seed: int = 0
    duplicate: float = 0.0
    late: float = 0.0
    lose: float = 0.0
    late_by: timedelta = timedelta(minutes=5)


class EventDelivery:
    """Give events their ids and pass them on, as `faults` says.

    `events` is everything that happened, `sent` what was passed on, in order; `fates` counts what
    became of those that went astray.
    """

    def __init__(self, clock: Clock, emit: Callable[[Event], None], faults: Faults) -> None:
        self.faults = faults
        self.events: list[Event] = []
        self.sent: list[Event] = []
        self.fates: Counter[str] = Counter()
        self._clock = clock
        self._emit = emit
        self._count: Counter[str] = Counter()
        self._doomed: list[Callable[[Event], bool]] = []
        self._lock = threading.Lock()

    def lose_next(self, which: Callable[[Event], bool]) -> None:
        """Lose the next event for which `which` says yes."""
        self._doomed.append(which)

    def post(self, event: Event) -> None:
        """Send an event on its way."""
        with self._lock:
            subject = _subject(event)
            self._count[subject] += 1
            seed = f"{self.faults.seed}/{subject}/{self._count[subject]}"
            dice = Random(seed)  # noqa: S311 - faults to be had again, no secret
            event["id"] = _id(dice)
            self.events.append(event)
            doomed = next((which for which in self._doomed if which(event)), None)
            if doomed:
                self._doomed.remove(doomed)
        if not doomed:
            self._pass_on(event, dice)

    def _pass_on(self, event: Event, dice: Random) -> None:
        faults = self.faults
        lost, twice, late = (
            dice.random() < chance for chance in (faults.lose, faults.duplicate, faults.late)
        )
        if lost:
            self.fates["lost events"] += 1
            return
        copies = [event]
        if twice:
            self.fates["doubled events"] += 1
            copies.append(event if dice.random() < 1 / 2 else {**event, "id": _id(dice)})
        last = copies.pop()
        for copy in copies:
            self._send(copy)
        if late:
            self.fates["late events"] += 1
            self._clock.call_in(faults.late_by, partial(self._send, last))
        else:
            self._send(last)

    def _send(self, event: Event) -> None:
        self.sent.append(event)
        self._emit(event)


def _subject(event: Event) -> str:
    about = "".join(event["resources"]) or event["detail"].get("eventName", "")
    return f"{event['detail-type']}/{about}"


def _id(dice: Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))
