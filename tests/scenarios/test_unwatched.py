"""What the guard only tells of is looked at once an hour, and told in the summary."""

from costguard.app.unwatched import LOOK_EVERY
from costguard.resources.unwatched import Unwatched
from tests.factories import at, policy
from tests.scenarios.account import Account

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
