"""A lockdown as IAM sees it: whom it is for, who is locked, and what one of them may begin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.aws.stack import Stack
from costguard_cli.errors import CannotRunError

_LARGE = "ml.p5.48xlarge"
_TYPES = "sagemaker:InstanceTypes"
_MOST_LOOKS = 60
_ENDS_NOTHING = ("StopNotebookInstance", "DeleteNotebookInstance", "DescribeNotebookInstance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One role of `FailClosed`, to be locked for a minute by the state machine of a stack."""

    stack: Stack
    role: str
    policy: str
    machine: str

    @property
    def names(self) -> list[str]:
        """Whom a lockdown is for."""
        return self.stack.parameters.get("FailClosed", "").split(",")

    @property
    def small(self) -> list[str]:
        """What may begin even then."""
        return self.stack.parameters.get("FailClosedTypes", "").split(",")


def plan_drill(session: ReadOnlySession, stack: Stack, role: str) -> Drill:
    """Prepare a drill. Raises CannotRunError where it could not show anything, or is no drill."""
    machine = stack.outputs.get("LockdownArn")
    if machine is None:
        raise CannotRunError(
            f"The stack {stack.name} locks nobody while it is silent.",
            "Deploy it with FailClosed: docs/deploying.md#when-costguard-is-silent",
        )
    drill = Drill(
        stack=stack, role=role, policy=stack.outputs["LockdownPolicyArn"], machine=machine
    )
    if role not in drill.names:
        raise CannotRunError(
            f"{role} is not in FailClosed, so the state machine may not lock it.",
            f"Name one of these roles: {', '.join(drill.names)}",
        )
    if locked := locked_names(session, drill.policy):
        raise CannotRunError(
            f"{', '.join(locked)} is locked already: this is no drill.",
            "docs/runbook.md#a-lockdown",
        )
    return drill


def locked_names(session: ReadOnlySession, policy: str) -> list[str]:
    """Name the roles and groups that have the policy."""
    found = session.client("iam").list_entities_for_policy(PolicyArn=policy)
    roles = [each["RoleName"] for each in found["PolicyRoles"]]
    return roles + [each["GroupName"] for each in found["PolicyGroups"]]


def wait_until(pause: Callable[[], None], holds: Callable[[], bool]) -> bool:
    """Look again and again until something holds; return whether it did."""
    for _ in range(_MOST_LOOKS):
        if holds():
            return True
        pause()
    return False


def is_over(session: ReadOnlySession, execution: str) -> bool:
    """Return whether an execution has ended. Raises CannotRunError where it failed."""
    found = session.client("stepfunctions").describe_execution(executionArn=execution)
    if found["status"] not in ("RUNNING", "SUCCEEDED"):
        raise CannotRunError(
            f"The state machine failed: {found.get('cause', found['status'])}",
            "docs/runbook.md#a-lockdown",
        )
    return bool(found["status"] == "SUCCEEDED")


def what_it_may(session: ReadOnlySession, drill: Drill) -> Iterator[tuple[str, bool, bool]]:
    """Ask IAM's own simulator; yield each act, whether it is allowed, and whether it has to be."""
    iam = session.client("iam")
    arn = iam.get_role(RoleName=drill.role)["Role"]["Arn"]
    for type_, expected in ((_LARGE, False), (drill.small[0], True)):
        allowed = _allowed(iam, arn, "CreateNotebookInstance", type_)
        yield f"create a notebook on {type_}", allowed, expected
    for action in _ENDS_NOTHING:
        yield action, _allowed(iam, arn, action), True


def _allowed(iam: Any, arn: str, action: str, type_: str = "") -> bool:
    given = [
        {"ContextKeyName": _TYPES, "ContextKeyValues": [type_], "ContextKeyType": "stringList"}
    ]
    found = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=[f"sagemaker:{action}"],
        ContextEntries=given if type_ else [],
    )
    return bool(found["EvaluationResults"][0]["EvalDecision"] != "explicitDeny")
