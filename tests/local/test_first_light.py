"""`scripts/first-light` beside the deployed guard: what an admin does first in a real account."""

import runpy
from datetime import timedelta
from pathlib import Path

import pytest

from tests.local.guard import Guard

MAIN = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "first-light"))["main"]
ROLE = "arn:aws:iam::123456789012:role/ml-sagemaker-use"


def first_light(guard: Guard, *more: str) -> int:
    def sleep(seconds: float) -> None:
        guard.aws.clock.advance(timedelta(seconds=seconds))
        guard.aws.settle()

    code: int = MAIN(["costguard", ROLE, *more], guard.aws.client, guard.aws.clock.now, sleep)
    return code


def test_the_guard_tells_within_a_minute_and_the_notebook_is_gone_again(
    guard: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert first_light(guard) == 0
    told = capsys.readouterr().out
    assert "told-warning: 0:0" in told
    assert "All went as on the local AWS." in told
    left = guard.sagemaker.list_notebook_instances(NameContains="costguard-first-light")
    assert {row["NotebookInstanceStatus"] for row in left["NotebookInstances"]} <= {"Deleting"}


def test_with_stop_it_waits_for_the_grace_period_and_says_what_that_costs(
    guard: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert first_light(guard, "--stop") == 0
    told = capsys.readouterr().out
    assert "that costs $0.05" in told
    assert "Stopped" in told


def test_an_observing_stack_is_not_waited_for(guard: Guard) -> None:
    guard.deploy("observe")
    with pytest.raises(SystemExit, match="needs Mode enforce; it has observe"):
        first_light(guard, "--stop")
