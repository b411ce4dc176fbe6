"""The runbook's restore and roll-back, played while people watch their mail.

Nobody is stopped without a warning that reached them a whole grace before, and nobody reads
"Stopped" twice.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.local import runbook
from tests.local.guard import NOTEBOOK
from tests.local.watched import ADMINS, JANE, JOHN, WatchedGuard, watched_guard

pytestmark = pytest.mark.real

GRACE = timedelta(hours=1)
JOHNS, JANES = "DoeJohn-Explore", "RoeJane-Explore"
FIX, STOPPED = "Please fix", "Stopped:"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedGuard]:
    with watched_guard(tmp_path_factory.mktemp("heard")) as watched:
        watched.deploy()
        watched.guard.aws.subscribe(watched.guard.outputs)
        yield watched


def do(watched: WatchedGuard, anchor: str, *blocks: int) -> str:
    return runbook.run(watched.guard.aws, anchor, *blocks)


def until_asked_to_stop(watched: WatchedGuard, name: str) -> None:
    """Let time pass in small steps until a stop is under way."""
    for _ in range(120):
        watched.guard.wait(minutes=1)
        watched.look(name)
        if watched.guard.status(NOTEBOOK, name) == "Stopping":
            return
    raise AssertionError(name)


def test_a_ledger_put_back_over_a_stop_tells_nobody_twice(watched: WatchedGuard) -> None:
    guard = watched.guard
    guard.open(JOHNS)
    until_asked_to_stop(watched, JOHNS)
    do(watched, "restore-the-ledger", 2)  # the moment that is restored: not confirmed yet
    guard.open(JANES)
    watched.live(0.3, JOHNS, JANES)
    assert watched.read(JOHN, STOPPED, JOHNS)
    assert watched.read(JANE, FIX, JANES)
    do(watched, "kill-switch", 0)
    do(watched, "restore-the-ledger", 3)
    restored = guard.aws.clock.now()
    watched.live(0.4, JOHNS, JANES)
    watched.deploy(Mode="enforce")
    watched.live(2, JOHNS, JANES)
    assert len(watched.read(JOHN, STOPPED, JOHNS)) == 1
    [stop] = watched.stopped[JANES]
    heard = [when for when in watched.read(JANE, FIX, JANES) if when >= restored]
    assert stop - heard[0] >= GRACE
    assert len(watched.read(JANE, STOPPED, JANES)) == 1


def test_what_was_stopped_before_is_warned_again_when_it_starts(watched: WatchedGuard) -> None:
    guard = watched.guard
    started = guard.aws.clock.now()
    guard.sagemaker.start_notebook_instance(NotebookInstanceName=JOHNS)
    watched.live(2, JOHNS)
    first, again = watched.stopped[JOHNS]
    heard = [when for when in watched.read(JOHN, FIX, JOHNS) if when >= started]
    assert first < started
    assert again - heard[0] >= GRACE
    assert len(watched.read(JOHN, STOPPED, JOHNS)) == 2


def test_a_bad_policy_that_is_rolled_back_stops_nobody_and_is_cleared_once(
    watched: WatchedGuard,
) -> None:
    guard, name = watched.guard, "DoeJohn-Good"
    tags = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "Lab", "ModelSize": "small"}
    guard.open(name, tags)
    page = watched.root / "layers" / "policy" / "policy.toml"
    good = page.read_text(encoding="utf-8")
    bad = good.replace('allowed = ["ml.t3.*", "ml.m5.*"]', 'allowed = ["ml.p5.*"]')
    bad = bad.replace('grace = { notebook-instance = "15m", "*" = "0s" }', 'grace = "1h"', 1)
    for policy in (bad, good):
        page.write_text(policy, encoding="utf-8")
        watched.deploy()
        watched.live(0.4, name)
    watched.live(1, name)
    assert watched.stopped[name] == []
    assert [len(watched.read(JOHN, words, name)) for words in (FIX, "All clear:", STOPPED)] == [
        *(1, 1, 0)
    ]
    assert [
        letter.what for letter in watched.letters if letter.to == ADMINS and name in letter.what
    ] == []
