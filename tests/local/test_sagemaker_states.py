from datetime import timedelta
from itertools import product

import pytest
from botocore.model import Shape
from hypothesis import given
from hypothesis import strategies as st

from local.sagemaker import model
from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from local.sagemaker.kinds import JOBS as JOB_KINDS
from local.sagemaker.kinds import KINDS
from local.sagemaker.timings import Timings
from local.sagemaker.transitions import (
    FINAL_JOB_STATUSES,
    JOB_TRANSITIONS,
    NOTEBOOK_CALLS,
    NOTEBOOK_TRANSITIONS,
    is_legal,
)
from tests.local.sagemaker_cases import JOBS, NAME, account, notebook, refused, status

EVENTS_ONLY = {"Deleted"}
NOT_PLAYED = {"PendingMaintenance", "InMaintenance"}
ARN = "arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/doejohn-exploresagemaker"
CALLS = [f"{call}NotebookInstance" for call in NOTEBOOK_CALLS]


def enum(name: str) -> set[str]:
    shape: Shape = model.service().shape_for(name)
    return set(shape.metadata["enum"])


def test_every_notebook_status_of_the_sdk_has_its_row() -> None:
    rows = {status for status in NOTEBOOK_TRANSITIONS if status is not None}
    assert rows == (enum("NotebookInstanceStatus") - NOT_PLAYED) | EVENTS_ONLY


@pytest.mark.parametrize("kind", JOB_KINDS, ids=lambda kind: kind.name)
def test_every_job_status_in_the_table_is_one_of_the_sdk(kind: object) -> None:
    rows = {status for status in JOB_TRANSITIONS if status is not None}
    assert rows <= enum(f"{kind.prefix}Status")  # type: ignore[attr-defined]


def test_every_stage_of_a_training_job_is_a_secondary_status_of_the_sdk() -> None:
    assert {stage.secondary for stage in JOB_KINDS[0].stages} <= enum("SecondaryStatus")


def test_every_pace_that_the_tables_name_exists() -> None:
    stages = {stage.timing for kind in KINDS for stage in kind.stages}
    assert stages | {move.timing for move in NOTEBOOK_CALLS.values()} <= set(Timings.__slots__)


def test_a_notebook_call_passes_through_legal_moves_only() -> None:
    for move in NOTEBOOK_CALLS.values():
        assert all(is_legal(NOTEBOOK_TRANSITIONS, before, move.through) for before in move.allowed)
        assert is_legal(NOTEBOOK_TRANSITIONS, move.through, move.final or "Deleted")


def test_nothing_leaves_an_ended_job() -> None:
    assert not any(JOB_TRANSITIONS[status] for status in FINAL_JOB_STATUSES)


def reach(aws: Account, wanted: str) -> None:
    """Bring a new notebook into a status."""
    aws.call("CreateNotebookInstance", notebook())
    for call, pause in _PATHS[wanted]:
        if call:
            aws.call(call, {"NotebookInstanceName": NAME})
        aws.clock.advance(timedelta(minutes=pause))
    assert status(aws, "NotebookInstance", NAME) == wanted


_UP: list[tuple[str, int]] = [("", 5)]
_DOWN = [*_UP, ("StopNotebookInstance", 5)]
_PATHS = {
    "Pending": [],
    "InService": _UP,
    "Stopping": [*_UP, ("StopNotebookInstance", 0)],
    "Stopped": _DOWN,
    "Updating": [*_DOWN, ("UpdateNotebookInstance", 0)],
    "Deleting": [*_DOWN, ("DeleteNotebookInstance", 0)],
}


@pytest.mark.parametrize(("before", "call"), list(product(_PATHS, NOTEBOOK_CALLS)))
def test_a_notebook_call_is_allowed_where_the_table_says(before: str, call: str) -> None:
    aws, move = account(), NOTEBOOK_CALLS[call]
    reach(aws, before)
    asked = {"NotebookInstanceName": NAME}
    if before in move.allowed:
        aws.call(f"{call}NotebookInstance", asked)
        assert status(aws, "NotebookInstance", NAME) == move.through
    else:
        code, message = refused(aws, f"{call}NotebookInstance", **asked)
        assert code == "ValidationException"
        wrong, target = message.split(". ")
        assert wrong == f"Status ({before}) not in ([{', '.join(move.allowed)}])"
        assert target == f"Unable to transition to ({move.through}) for Notebook Instance ({ARN})"


def test_a_notebook_takes_its_time_at_the_pace_of_the_account() -> None:
    aws = account(pace=Timings(notebook_pending=timedelta(minutes=10)))
    aws.call("CreateNotebookInstance", notebook())
    aws.clock.advance(timedelta(minutes=9))
    assert status(aws, "NotebookInstance", NAME) == "Pending"
    aws.clock.advance(timedelta(minutes=1))
    assert status(aws, "NotebookInstance", NAME) == "InService"


def test_a_stuck_notebook_stays_in_stopping_until_it_is_released() -> None:
    aws = account()
    reach(aws, "Stopping")
    aws.stick(NAME)
    aws.clock.advance(timedelta(hours=20))
    assert status(aws, "NotebookInstance", NAME) == "Stopping"
    aws.release(NAME)
    assert status(aws, "NotebookInstance", NAME) == "Stopped"


def test_a_deleted_notebook_is_gone_and_its_name_is_free() -> None:
    aws = account()
    reach(aws, "Deleting")
    aws.clock.advance(timedelta(minutes=5))
    gone = refused(aws, "DescribeNotebookInstance", NotebookInstanceName=NAME)
    assert gone == ("ValidationException", "RecordNotFound")
    aws.call("CreateNotebookInstance", notebook())


def test_an_update_changes_a_stopped_notebook_and_leaves_it_stopped() -> None:
    aws = account()
    reach(aws, "Stopped")
    change = {"NotebookInstanceName": NAME, "InstanceType": "ml.t3.large", "VolumeSizeInGB": 20}
    aws.call("UpdateNotebookInstance", change)
    aws.clock.advance(timedelta(minutes=5))
    told = aws.call("DescribeNotebookInstance", {"NotebookInstanceName": NAME})
    assert change.items() <= told.items()
    assert told["NotebookInstanceStatus"] == "Stopped"


_STEPS = st.lists(
    st.one_of(
        st.sampled_from([(call, NAME) for call in CALLS]),
        st.sampled_from([(f"{verb}{kind}", "x") for verb in ("Create", "Stop") for kind in JOBS]),
        st.integers(0, 90).map(lambda minutes: ("advance", str(minutes))),
    ),
    max_size=30,
)


@given(_STEPS)
def test_no_order_of_calls_and_pauses_makes_an_illegal_move(steps: list[tuple[str, str]]) -> None:
    aws = account()
    aws.call("CreateNotebookInstance", notebook())
    for call, about in steps:
        if call == "advance":
            aws.clock.advance(timedelta(minutes=int(about)))
            continue
        kind = next((kind for kind in JOBS if call.endswith(kind)), "NotebookInstance")
        made = JOBS[kind](about) if call.startswith("Create") else {f"{kind}Name": about}
        try:
            aws.call(call, made)
        except AwsError as error:
            assert error.code in {"ValidationException", "ResourceInUse", "ResourceNotFound"}  # noqa: PT017
