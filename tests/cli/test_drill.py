"""`costguard drill`: what it says, what it refuses, and that it ends with the role unlocked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from costguard_cli.analysis.lockdown import plan_drill
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.aws.stack import Stack
from costguard_cli.commands.drill import perform, said
from costguard_cli.errors import CannotRunError
from tests.cli.command import fake_session
from tests.factories import at

POLICY = "arn:aws:iam::123456789012:policy/costguard-GuardIsSilent-1A"
MACHINE = "arn:aws:states:us-east-2:123456789012:stateMachine:costguard-Lockdown-1A"
EXECUTION = "arn:aws:states:us-east-2:123456789012:execution:costguard-Lockdown-1A:one"
OUTPUTS = {"LockdownArn": MACHINE, "LockdownPolicyArn": POLICY}


@dataclass
class Machine:
    """IAM and Step Functions during a drill: locked at the first look, unlocked later."""

    locked: list[str] = field(default_factory=list)
    status: str = "RUNNING"
    denies: Callable[[dict[str, Any]], bool] = lambda asked: "p5" in str(asked)
    unlocks: bool = True
    pauses: int = 0

    def iam(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListEntitiesForPolicy":
            roles = [{"RoleName": each} for each in self.locked]
            return {"PolicyRoles": roles, "PolicyGroups": [], "PolicyUsers": []}
        if operation == "GetRole":
            made = {"Path": "/", "RoleName": "class", "RoleId": "A" * 16, "CreateDate": at(0)}
            return {"Role": {**made, "Arn": "arn:aws:iam::123456789012:role/class"}}
        decision = "explicitDeny" if self.denies(asked) else "implicitDeny"
        [action] = asked["ActionNames"]
        return {"EvaluationResults": [{"EvalActionName": action, "EvalDecision": decision}]}

    def stepfunctions(self, _operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        failed = {"cause": "class: Iam.LimitExceededException"} if self.status == "FAILED" else {}
        return {
            "executionArn": EXECUTION,
            "stateMachineArn": MACHINE,
            "status": self.status,
            "startDate": at(0),
            **failed,
        }

    def pause(self) -> None:
        self.pauses += 1
        if self.pauses == 1:
            self.locked = ["class"]
        elif self.unlocks:
            self.locked, self.status = [], "SUCCEEDED"

    @property
    def session(self) -> ReadOnlySession:
        return fake_session({"iam": self.iam, "stepfunctions": self.stepfunctions})


def stack(**outputs: str) -> Stack:
    given = {"FailClosed": "class,students", "FailClosedTypes": "ml.t3.medium,ml.t3.large"}
    return Stack(
        name="costguard",
        status="CREATE_COMPLETE",
        outputs=outputs,
        parameters=given,
        created=at(0),
        changed=at(0),
    )


def test_it_says_for_whom_and_what_stays_possible() -> None:
    planned = plan_drill(Machine().session, stack(**OUTPUTS), "class")
    text = said(planned)
    assert "class, students could begin only ml.t3.medium, ml.t3.large" in text
    assert f"attaches {POLICY} to class alone" in text


@pytest.mark.parametrize(
    ("outputs", "role", "locked", "says"),
    [
        ({}, "class", [], "locks nobody"),
        (OUTPUTS, "admin", [], "admin is not in FailClosed"),
        (OUTPUTS, "class", ["other"], "other is locked already"),
    ],
)
def test_what_is_no_drill_is_refused(
    outputs: dict[str, str], role: str, locked: list[str], says: str
) -> None:
    with pytest.raises(CannotRunError, match=says):
        plan_drill(Machine(locked=locked).session, stack(**outputs), role)


def test_it_shows_the_lock_and_that_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine()
    planned = plan_drill(machine.session, stack(**OUTPUTS), "class")
    assert perform(machine.session, planned, EXECUTION, machine.pause)
    out = capsys.readouterr().out
    assert "create a notebook on ml.p5.48xlarge: denied\n" in out
    assert "create a notebook on ml.t3.medium: allowed\n" in out
    assert "StopNotebookInstance: allowed\n" in out
    assert out.endswith("class is unlocked.\n")


@pytest.mark.parametrize("denies", [lambda _: False, lambda _: True])
def test_what_the_lock_does_wrong_is_found(
    denies: Callable[[dict[str, Any]], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(denies=denies)
    planned = plan_drill(machine.session, stack(**OUTPUTS), "class")
    assert not perform(machine.session, planned, EXECUTION, machine.pause)
    assert "(WRONG)" in capsys.readouterr().out


def test_a_machine_that_fails_is_told_with_its_cause() -> None:
    machine = Machine(status="FAILED")
    planned = plan_drill(machine.session, stack(**OUTPUTS), "class")
    with pytest.raises(CannotRunError, match=r"class: Iam\.LimitExceededException"):
        perform(machine.session, planned, EXECUTION, machine.pause)


def test_a_role_that_stays_locked_is_told_with_the_line_that_unlocks_it() -> None:
    machine = Machine(unlocks=False)
    planned = plan_drill(machine.session, stack(**OUTPUTS), "class")
    with pytest.raises(CannotRunError, match="class is still locked") as refused:
        perform(machine.session, planned, EXECUTION, machine.pause)
    assert f"detach-role-policy --role-name class --policy-arn {POLICY}" in str(refused.value.hint)


def test_a_role_that_is_never_locked_is_told() -> None:
    machine = Machine()
    planned = plan_drill(machine.session, stack(**OUTPUTS), "class")
    with pytest.raises(CannotRunError, match="class was not locked"):
        perform(machine.session, planned, EXECUTION, lambda: None)
