"""Laws for any events in an account, in any order."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, policy
from tests.fakes import Refused
from tests.scenarios.account import Account

NAMES = ["DoeJohn-Explore", "my-notebook"]
SHORTEST_GRACE = timedelta(minutes=15)
type Act = Callable[[Account, str, datetime], object]


def start(account: Account, name: str, now: datetime) -> None:
    if account.named(name).status is ResourceStatus.STOPPED:
        account.start(name, now)


def settle(account: Account, _name: str, now: datetime) -> None:
    account.settle(now)


def refuse(account: Account, _name: str, now: datetime) -> None:
    """Let the next stop fail, and its retry go through."""
    waiting = list(account.queue)
    account.stop_results = [Refused("throttled")]
    try:
        account.enforce(now)
    except Refused:
        account.queue = waiting
    account.stop_results = []


def mute(account: Account, _name: str, now: datetime) -> None:
    """Sweep while SNS refuses everything."""
    account.sns_fails = True
    with suppress(Refused, ExceptionGroup):
        account.sweep(now)
    account.sns_fails = False


ACTS: dict[str, Act] = {
    "mute": mute,
    "event": lambda account, name, now: account.event(name, now),
    "sweep": lambda account, _name, now: account.sweep(now),
    "enforce": lambda account, _name, now: account.enforce(now),
    "settle": settle,
    "refuse": refuse,
    "tag": lambda account, name, _now: account.change(name, tags=GOOD_TAGS),
    "untag": lambda account, name, _now: account.change(name, tags={}),
    "grow": lambda account, name, _now: account.change(name, **on("ml.p4d.24xlarge")),
    "shrink": lambda account, name, _now: account.change(name, **on("ml.t3.medium")),
    "stop": lambda account, name, _now: account.change(name, status=ResourceStatus.STOPPED),
    "start": start,
}
stories = st.lists(
    st.tuples(st.sampled_from([*ACTS]), st.sampled_from(NAMES), st.sampled_from([0, 0.1, 1, 5])),
    max_size=40,
)


def played(story: list[tuple[str, str, float]]) -> tuple[Account, list[tuple[str, datetime]]]:
    """Play a story; answer the account, and when each stop was asked for."""
    account = Account(policy(), *(notebook(name) for name in NAMES))
    now, stops = at(0), []
    for act, name, hours in story:
        now, before = now + timedelta(hours=hours), len(account.stopped)
        ACTS[act](account, name, now)
        stops += [(each, now) for each in account.stopped[before:]]
    return account, stops


@given(stories)
def test_no_notebook_is_stopped_that_was_not_warned_in_time(
    story: list[tuple[str, str, float]],
) -> None:
    account, stops = played(story)
    for name, when in stops:
        warned = [n for n in account.notices if (n.stage, n.resource["name"]) == ("warning", name)]
        assert any(when - datetime.fromisoformat(n.time) >= SHORTEST_GRACE for n in warned)


@given(stories)
def test_no_notice_is_told_twice(story: list[tuple[str, str, float]]) -> None:
    account, _ = played(story)
    assert len({notice.id for notice in account.notices}) == len(account.notices)


@given(stories)
def test_every_notice_about_a_stop_follows_one(story: list[tuple[str, str, float]]) -> None:
    account, stops = played(story)
    for name in NAMES:
        told = sum((n.stage, n.resource["name"]) == ("stopped", name) for n in account.notices)
        assert told <= sum(stopped == name for stopped, _ in stops)


@given(stories)
def test_in_the_end_a_good_citizen_has_nothing_open(story: list[tuple[str, str, float]]) -> None:
    account, _ = played(story)
    account.change(NAMES[0], tags=GOOD_TAGS, status=ResourceStatus.RUNNING, **on("ml.t3.medium"))
    account.start(NAMES[0], at(300))
    account.run(at(301))
    assert not any(case.is_open for case in account.ledger.values() if case.name == NAMES[0])
