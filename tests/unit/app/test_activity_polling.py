"""What is known of one notebook keeps no other from being looked at."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from costguard.app.activity_polling import poll_activity
from costguard.app.activity_ports import NextCheck, ObservedActivity
from costguard.resources.activity import Activity, Heartbeat, LookBack, WorkMemory
from costguard.resources.model import Resource
from tests.factories import at, notebook
from tests.scenarios.test_idle import idle_policy

ONE = notebook("one", started=at(0))
ODD = Activity(heartbeats=(Heartbeat(at=at(1), busy_kernels=float("inf")),))


class Remembering:
    """Asks when each is to be looked at again, by what it remembers."""

    def __init__(self, known: Activity) -> None:
        self.known, self.again = known, list[datetime]()

    def observe(
        self,
        notebooks: Sequence[Resource],
        _now: datetime,
        next_check: NextCheck | None,
        _look_back: LookBack,
    ) -> ObservedActivity:
        assert next_check
        self.again += [next_check(each, self.known) for each in notebooks]
        return ObservedActivity()

    def remember(
        self,
        _notebooks: Mapping[str, Resource],
        _works: Mapping[str, WorkMemory],
        _now: datetime,
    ) -> tuple[Exception, ...]:
        return ()


def looked_at_again(known: Activity) -> list[datetime]:
    observer = Remembering(known)
    poll_activity((ONE,), idle_policy(), observer, cases={}, now=at(2))
    return observer.again


def test_a_notebook_of_which_something_odd_is_known_is_looked_at_now() -> None:
    assert looked_at_again(ODD) == [at(2)]


def test_any_other_is_looked_at_when_it_can_be_idle() -> None:
    assert looked_at_again(Activity()) == [at(0) + timedelta(hours=1)]
