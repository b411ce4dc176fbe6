"""What the guard only tells of is looked at once an hour, and told in the summary."""

from collections.abc import Mapping
from copy import replace

import pytest

from costguard.app.spokes import UNREAD
from costguard.app.unwatched import LOOK_EVERY, look_at_unwatched
from costguard.resources.unwatched import Unwatched
from tests.factories import at, policy
from tests.scenarios.account import Account

FAILING, THERE, BLIND = (f"{each * 12}/eu-west-1" for each in "123")
LAB = Unwatched(kind="HyperPod cluster", name="lab", status="InService")


def test_it_is_looked_at_once_an_hour_and_kept() -> None:
    account = Account(policy())
    account.unwatched.there = (LAB,)
    account.unwatched.unread = {"training plan": "AccessDeniedException"}
    account.sweep(at(0))
    account.sweep(at(0.5))
    assert account.unwatched.looks == 1
    seen = account.unwatched.seen
    assert seen is not None
    assert (seen.time, seen.found, seen.region) == (at(0), (LAB,), "us-east-2")
    assert seen.unread == {"training plan": "AccessDeniedException"}
    account.sweep(at(0) + LOOK_EVERY)
    assert account.unwatched.looks == 2


class Elsewhere:
    """What another place answers, or how it fails."""

    def __init__(self, *found: Unwatched, fails: bool = False) -> None:
        self.found, self.fails = found, fails

    def unwatched(self) -> tuple[tuple[Unwatched, ...], Mapping[str, str]]:
        if self.fails:
            raise OSError("no answer")
        return self.found, {}


def test_each_place_is_looked_at_and_one_that_fails_hides_no_other() -> None:
    account = Account(policy())
    account.unwatched.there = (LAB,)
    bad, good = Elsewhere(fails=True), Elsewhere(LAB)
    account.marks.mark_time(UNREAD.format(BLIND), at(0))
    places = {FAILING: bad, THERE: good, BLIND: good}
    ports = replace(account.sweep_ports, unwatched_places=places)
    with pytest.raises(ExceptionGroup, match="not everywhere was looked"):
        look_at_unwatched(ports, at(1))
    assert account.unwatched.seen is not None
    assert list(account.unwatched.elsewhere) == [THERE]
    seen = account.unwatched.elsewhere[THERE]
    assert (seen.time, seen.region, seen.found) == (at(1), "eu-west-1", (LAB,))


def test_a_look_of_the_future_is_done_again() -> None:
    account = Account(policy())
    account.sweep(at(1))
    account.sweep(at(0.5))
    assert account.unwatched.looks == 2


def test_nothing_of_it_is_warned_about_or_stopped() -> None:
    account = Account(policy())
    account.unwatched.there = (LAB,)
    account.run(at(0))
    account.run(at(30))
    assert (account.notices, account.stopped) == ([], [])
