"""AWS refuses to open notebooks: this is reported as a fault of the deployment."""

from datetime import timedelta

import pytest

from costguard.policy.model import RuleSettings
from costguard.resources.activity import Activity, JupyterActivity
from costguard.rules import RULES
from tests.factories import at, notebook, policy
from tests.scenarios.account import Account

NAME = "DoeJohn-Quiet"
IDLE = RuleSettings(options=RULES["idle"].options)


def account(*, refused: bool) -> Account:
    made = Account(policy(rules={"idle": IDLE}), notebook(NAME, started=at(0)))
    answer = JupyterActivity(seen=at(2), problem="no URL: a code", refused=refused)
    made.activity[NAME] = Activity(jupyter=answer)
    return made


def told(made: Account) -> list[str]:
    return [text for text in made.summaries if "not allowed to ask" in text]


def test_the_admins_read_it_with_the_first_sweep_and_then_daily() -> None:
    made = account(refused=True)
    for hours in (2, 3, 4):
        assert made.sweep(at(hours))["ProbesRefused"] == 1
    assert len(told(made)) == 1
    made.start(NAME, at(24))
    made.sweep(at(26))
    first, second = told(made)
    assert first == second
    assert NAME in first
    assert made.stopped == made.queue == []


def test_a_notebook_that_does_not_answer_is_none_of_that() -> None:
    made = account(refused=False)
    assert made.sweep(at(2))["ProbesRefused"] == 0
    assert told(made) == []


@pytest.mark.parametrize("refused", [True, False])
def test_enforce_counts_what_it_may_not_ask(*, refused: bool) -> None:
    made = account(refused=refused)
    made.sweep(at(2))
    made.counted.clear()
    made.stop_requests.enqueue([made.named(NAME).ref], at(2))
    made.enforce()
    counted = [numbers for numbers in made.counted if "ProbesRefused" in numbers]
    assert counted == [{"ProbesRefused": 1}] * refused
    assert made.stopped == []


def test_a_notice_that_nobody_took_has_an_age() -> None:
    made = account(refused=False)
    made.untaken = at(2) - timedelta(minutes=11)
    assert made.sweep(at(2))["OldestUntakenNoticeSeconds"] == 660
