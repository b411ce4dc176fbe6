"""With `FailClosed`: while the guard is silent nothing large begins, and the rest goes on."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from botocore.exceptions import ClientError

from costguard_cli.analysis.lockdown import plan_drill
from costguard_cli.aws.session import sessions
from costguard_cli.aws.stack import require_stack
from costguard_cli.commands.drill import perform
from tests.local.guard import Guard
from tests.local.lockdown import (
    BIG,
    CLASS,
    GROUP,
    SMALL,
    as_machine,
    as_role,
    begins,
    mails,
    make_class,
    may,
    rewrite,
    shut_out,
    subscribe_class,
    without_rights,
)
from tests.local.runbook import run
from tests.local.sagemaker_cases import training
from tests.local.watching import queue_paused, schedules_disabled, without_concurrency

ALL = {CLASS, GROUP}
BREAKS: dict[str, Callable[[Guard], AbstractContextManager[None]]] = {
    "the role of the sweep is empty": lambda guard: without_rights(guard, "SweepRole"),
    "notify has no concurrency": lambda guard: without_concurrency(guard, "Notify"),
}
MORE: dict[str, Callable[[Guard], AbstractContextManager[None]]] = {
    "the sweep has no concurrency": lambda guard: without_concurrency(guard, "Sweep"),
    "nobody takes notices": lambda guard: queue_paused(guard, "Notify"),
    "the role of notify is empty": lambda guard: without_rights(guard, "NotifyRole"),
    "nobody takes stops": lambda guard: queue_paused(guard, "Enforce"),
}
DRILL_PAUSE = 20


@pytest.fixture(scope="module")
def parameters() -> dict[str, str]:
    return {
        "Mode": "observe",
        "FailClosed": f"{CLASS},{GROUP}",
        "SweepEvery": "rate(5 minutes)",
    }


@pytest.fixture(scope="module", autouse=True)
def classroom(guard: Guard) -> None:
    make_class(guard)
    subscribe_class(guard)
    guard.wait(minutes=10)


def test_while_the_guard_is_well_nothing_is_denied_and_nobody_hears_of_it(guard: Guard) -> None:
    assert shut_out(guard) == set()
    assert begins(guard, "RoeJane-Large", BIG)
    guard.open("RoeJane-Small", InstanceType=SMALL)
    guard.wait(minutes=20)
    assert shut_out(guard) == set()
    assert mails(guard) == []


def test_in_a_lockdown_only_the_smallest_begin_and_what_ends_something_passes(guard: Guard) -> None:
    student = as_role(guard, CLASS)
    student.stop_notebook_instance(NotebookInstanceName="RoeJane-Large")
    student.stop_notebook_instance(NotebookInstanceName="RoeJane-Small")
    with schedules_disabled(guard, "SweepClock"):
        guard.wait(minutes=20)
        assert not begins(guard, "RoeJane-Another", BIG)
        assert begins(guard, "DoeJohn-Class", SMALL)
        assert not may(student.start_notebook_instance, NotebookInstanceName="RoeJane-Large")
        assert may(student.start_notebook_instance, NotebookInstanceName="RoeJane-Small")
        assert not may(
            student.update_notebook_instance,
            NotebookInstanceName="RoeJane-Large",
            InstanceType=BIG,
        )
        assert not may(student.create_training_job, **training("large"))
        assert not may(student.create_endpoint, EndpointName="e", EndpointConfigName="c")
        arn = guard.describe("NotebookInstance", "RoeJane-Large")["NotebookInstanceArn"]
        assert not may(student.delete_tags, ResourceArn=arn, TagKeys=["costguard:closed"])
        assert may(student.describe_notebook_instance, NotebookInstanceName="RoeJane-Large")
        assert may(student.list_notebook_instances)
        assert may(student.delete_notebook_instance, NotebookInstanceName="RoeJane-Large")
        guard.wait(minutes=5)
        assert may(student.stop_notebook_instance, NotebookInstanceName="RoeJane-Small")
        assert may(guard.sagemaker.create_training_job, **training("of-an-admin"))
    guard.wait(minutes=10)
    assert may(student.create_training_job, **training("again"))
    closed, opened = mails(guard)
    assert "NoSweep" in closed
    assert CLASS in closed
    assert "works again" in opened


@pytest.mark.parametrize(
    "broken", [*BREAKS, *(pytest.param(n, marks=pytest.mark.real) for n in MORE)]
)
def test_it_begins_within_20_minutes_of_silence_and_ends_within_10_of_being_well(
    guard: Guard, broken: str
) -> None:
    guard.wait(minutes=10)
    assert shut_out(guard) == set()
    with (BREAKS | MORE)[broken](guard):
        guard.wait(minutes=20)
        assert shut_out(guard) == ALL
    guard.wait(minutes=10)
    assert shut_out(guard) == set()
    assert len(mails(guard)) == 2


def test_a_short_pause_locks_nobody(guard: Guard) -> None:
    with schedules_disabled(guard, "SweepClock"):
        guard.wait(minutes=8)
    guard.wait(minutes=15)
    assert mails(guard) == []


def test_what_somebody_detached_is_attached_again_and_the_runbook_ends_a_lockdown(
    guard: Guard,
) -> None:
    with queue_paused(guard, "Notify"):
        guard.wait(minutes=20)
        policy = guard.outputs["LockdownPolicyArn"]
        guard.aws.client("iam").detach_role_policy(RoleName=CLASS, PolicyArn=policy)
        run(guard.aws, "a-lockdown", 1)
        assert shut_out(guard) == ALL
        assert GROUP in run(guard.aws, "a-lockdown", 0)
        run(guard.aws, "a-lockdown", 2)
        assert shut_out(guard) == set()
    guard.wait(minutes=10)
    assert len(mails(guard)) == 1  # it ended by hand


def test_a_drill_locks_one_role_for_a_minute_and_tells_nobody(
    guard: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    session = sessions(None, (), local=True)[0]
    planned = plan_drill(session, require_stack(session, "costguard"), CLASS)
    begun = guard.aws.client("stepfunctions").start_execution(
        stateMachineArn=planned.machine, input=json.dumps({"drill": CLASS})
    )
    is_well = perform(
        session, planned, begun["executionArn"], lambda: guard.wait(seconds=DRILL_PAUSE)
    )
    assert is_well, capsys.readouterr().out
    assert shut_out(guard) == set()
    assert mails(guard) == []


def test_its_role_attaches_this_policy_to_these_names_and_nothing_else(guard: Guard) -> None:
    machine, own = as_machine(guard), guard.outputs["LockdownPolicyArn"]
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    for role, arn in ((CLASS, admin), ("costguard-other", own)):
        with pytest.raises(ClientError, match="not authorized"):
            machine.attach_role_policy(RoleName=role, PolicyArn=arn)
    with pytest.raises(ClientError, match="not authorized"):
        machine.attach_group_policy(GroupName=GROUP, PolicyArn=admin)
    for call in ("create_policy_version", "put_role_policy"):
        with pytest.raises(ClientError, match="not authorized"):
            rewrite(machine, call, own)


def test_a_function_that_is_deleted_locks_too(guard: Guard) -> None:
    guard.aws.client("lambda").delete_function(FunctionName=guard.outputs["SweepFunctionName"])
    guard.wait(minutes=20)
    assert shut_out(guard) == ALL
