"""Modes: the stack's Mode, and the mode of one rule."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.demo.environment import DemoEnvironment
from tests.local.guard import COMPLETE, NOTEBOOK, POLICY, START, TAGS, Guard, machines, sources_with

BIG = {"ResourceConfig": machines("ml.p4d.24xlarge")}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stage a policy in which names are only talked about."""
    text = POLICY.read_text().replace("[rules.naming]", '[rules.naming]\nmode = "warn"')
    return sources_with(text, tmp_path_factory.mktemp("modes"))


@pytest.fixture(scope="module")
def guard(staged: Path) -> Iterator[Guard]:
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        guard = Guard(stage, staged)
        guard.deploy("observe")
        stage.subscribe(guard.outputs)
        yield guard


def stop_calls(guard: Guard) -> list[str]:
    """Give every Stop call there was."""
    calls = (e["detail"].get("eventName", "") for e in guard.account.events)
    return [call for call in calls if call.startswith("Stop")]


def test_observe_tells_the_admins_what_it_would_stop_and_stops_nothing(guard: Guard) -> None:
    guard.deploy("observe")
    guard.open("DoeJohn-Observed")
    guard.create("TrainingJob", "wattbot-observed", TAGS, **BIG)
    guard.wait(minutes=80)
    for name in ("DoeJohn-Observed", "wattbot-observed"):
        (would,) = guard.notices_about(name)
        assert (would["stage"], would["audience"]) == ("would-stop", "admins")
    assert stop_calls(guard) == []


def test_warn_tells_the_owner_and_stops_nothing(guard: Guard) -> None:
    before = stop_calls(guard)
    guard.deploy("warn")
    guard.open("DoeJohn-Warned")
    guard.create("TrainingJob", "wattbot-warned", TAGS, **BIG)
    guard.wait(minutes=80)
    for name in ("DoeJohn-Warned", "wattbot-warned"):
        (warning,) = guard.notices_about(name)
        assert (warning["stage"], warning["audience"]) == ("warning", "owner")
        assert warning["deadline"] is None
    assert stop_calls(guard) == before


def test_a_mode_on_one_rule_leaves_the_others_as_they_are(guard: Guard) -> None:
    guard.deploy("enforce")
    guard.open("jane-roe", COMPLETE)
    guard.open("DoeJohn-Untagged")
    guard.wait(minutes=80)
    (warning,) = guard.notices_about("jane-roe")
    assert (warning["stage"], warning["rule"], warning["deadline"]) == ("warning", "naming", None)
    assert guard.status(NOTEBOOK, "jane-roe") == "InService"
    assert guard.stages_of("DoeJohn-Untagged") == ["warning", "stopped"]


def test_set_back_to_observe_it_lets_go_of_what_it_had_warned(guard: Guard) -> None:
    guard.deploy("enforce")
    guard.open("DoeJohn-Spared")
    before = stop_calls(guard)
    guard.deploy("observe")
    guard.wait(minutes=80)
    assert guard.stages_of("DoeJohn-Spared") == ["warning"]
    assert stop_calls(guard) == before
