"""Every grant of every role is removed in turn: each missing one is noticed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.template import USUAL
from tests.local.guard import TAGS, Guard, machines
from tests.local.watching import alarms_raised, invoke_async, physical_ids, without_grant

NOT_HERE = {  # what the platform does in a role, which the local AWS does as itself
    "Log": "writes the log",
    "TakeMessages": "takes messages for a function",
    "KeepWhatFailed": "keeps what failed for good",
    "AskPrices": "Report's gaps are said in the summary",
    "AskTheBill": "Report's gaps are said in the summary",
    "LookBeforeDeletion": "looks before a deletion: test_guard_park.py takes the other away",
    "LookForHindrances": "looks before a deletion: test_guard_park.py takes it away",
    "Ask": "test_watching.py takes it away from a guard that asks notebooks",
    "Open": "test_watching.py takes it away from a guard that asks notebooks",
    "SayLater": "only what fails or waits is said later",
    "AddUp": "another Region's ledger; not deployed here",
    "Mail": "not deployed here",
    "SlackToken": "not deployed here",
    "SlackWebhook": "not deployed here",
    "TellTheRoom": "not deployed here",
}
IN_MAKE_TEST = {  # one of each role; the others take minutes
    ("WatchRole", "HandOver"),
    ("SweepRole", "Look"),
    ("EnforceRole", "Stop"),
    ("ReportRole", "KeepThePage"),
    ("NotifyRole", "TellAdmins"),
}
ALWAYS = {"Unreached"}  # no channel of owners is set up here


def grants() -> Iterator[tuple[str, str]]:
    """Yield every statement of every function's role, by the role and its Sid."""
    for function in USUAL.functions:
        for statement in USUAL.statements(function):
            if statement["Sid"] not in NOT_HERE:
                yield USUAL.role_of(function), str(statement["Sid"])


def live(guard: Guard, name: str) -> None:
    """Give every function something to do: events, stops, notices, a sweep, reports."""
    big, small = machines("ml.p3.2xlarge"), machines("ml.m5.large")
    guard.create("TrainingJob", f"{name}-seen", TAGS, ResourceConfig=big)
    guard.create("TrainingJob", f"{name}-good", TAGS, ResourceConfig=small)
    with guard.losing_events():
        guard.create("TrainingJob", f"{name}-missed", TAGS, ResourceConfig=big)
    guard.enqueue_stop("training-job", f"{name}-good")
    moment = guard.aws.clock.now().isoformat()
    for period in ("day", "prices"):
        invoke_async(guard, "Report", {"time": moment, "period": period})
    guard.wait(minutes=11)


def each_grant() -> Iterator[Any]:
    """Yield them as parameters, and leave most to `make real`."""
    for grant in grants():
        yield pytest.param(*grant, marks=[] if grant in IN_MAKE_TEST else pytest.mark.real)


@pytest.mark.parametrize(("role", "sid"), list(each_grant()))
def test_a_grant_that_is_lost_is_loud(guard: Guard, role: str, sid: str) -> None:
    before: Any = set(guard.summaries())
    with without_grant(guard, role, sid):
        live(guard, f"sinkorswim-{role}-{sid}".lower())
        heard = alarms_raised(guard)
        for _ in range(3):
            if heard - ALWAYS:
                break
            guard.wait(minutes=11)
            heard |= alarms_raised(guard)
    told = [text for text in guard.summaries() if text not in before and "not allowed" in text]
    assert heard - ALWAYS or told
    guard.dead_letters()
    guard.wait(minutes=40)


def test_every_role_of_a_function_is_there() -> None:
    asked = {USUAL.role_of(each) for each in USUAL.functions if each != "Probe"}
    assert {role for role, _ in grants()} == asked


def test_the_stack_has_the_roles(guard: Guard) -> None:
    roles = physical_ids(guard, "AWS::IAM::Role")
    assert {role for role, _ in grants()} <= roles.keys()
