"""The facts of one notebook do not keep others from being observed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from costguard.app.activity_polling import poll_activity
from costguard.app.activity_ports import NextCheck, ObservedActivity
from costguard.resources.activity import (
    Activity,
    Heartbeat,
    JupyterActivity,
    Kernel,
    LookBack,
    WorkMemory,
)
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


class Answering(Remembering):
    """Answers at once, and keeps what is to be remembered."""

    def __init__(self, known: Activity) -> None:
        super().__init__(known)
        self.kept: Mapping[str, WorkMemory] = {}

    def observe(
        self,
        notebooks: Sequence[Resource],
        _now: datetime,
        _next_check: NextCheck | None,
        _look_back: LookBack,
    ) -> ObservedActivity:
        return ObservedActivity(activity={each.ref.key: self.known for each in notebooks})

    def remember(
        self,
        _notebooks: Mapping[str, Resource],
        works: Mapping[str, WorkMemory],
        _now: datetime,
    ) -> tuple[Exception, ...]:
        self.kept = works
        return ()


def test_what_cannot_be_weighed_is_not_remembered() -> None:
    jupyter = JupyterActivity(seen=at(2), kernels=(Kernel("idle", at(1), id="a"),))
    observer = Answering(Activity(jupyter=jupyter, heartbeats=ODD.heartbeats))
    poll_activity((ONE,), idle_policy(), observer, cases={}, now=at(2))
    assert observer.kept == {}
