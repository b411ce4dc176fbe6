"""Notebooks, from the first event to the stop: the deployed guard against SageMaker."""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from local.sagemaker.errors import wrong_state
from local.sagemaker.timings import Timings
from tests.local.guard import COMPLETE, NOTEBOOK, SWEEP, Guard

KIND = "notebook-instance"


@pytest.fixture(autouse=True)
def _nothing_dies(guard: Guard) -> Iterator[None]:
    yield
    assert guard.dead_letters() == []


def test_a_good_citizen_is_never_bothered(guard: Guard) -> None:
    name = "DoeJohn-ExploreSageMaker"
    guard.open(name, COMPLETE)
    guard.wait(hours=3)
    assert guard.notices_about(name) == []
    assert guard.rows(name) == []
    assert guard.stops(name) == []
    assert guard.status(NOTEBOOK, name) == "InService"


def test_two_faults_are_one_warning_with_each_remedy_and_one_deadline(guard: Guard) -> None:
    guard.open("jane-roe-embed")
    (warning,) = guard.notices_about("jane-roe-embed")
    assert (warning["stage"], warning["rule"]) == ("warning", "missing-tags,naming")
    assert warning["owner"]["email"] == "jane.roe@example.org"
    arn = guard.describe(NOTEBOOK, "jane-roe-embed")["NotebookInstanceArn"]
    add = f"aws sagemaker add-tags --region us-east-2 --resource-arn {arn} --tags Key=Project,"
    assert add in warning["remedy"]
    assert "aws s3 sync /home/ec2-user/SageMaker s3://" in warning["remedy"]
    assert "RoeJane-embed" in warning["remedy"]
    told = datetime.fromisoformat(warning["time"])
    assert datetime.fromisoformat(warning["deadline"]) == told + timedelta(hours=1)
    assert {f["deadline"] for f in warning["findings"]} == {warning["deadline"]}


def test_tagged_as_the_notice_says_it_is_all_clear_once(guard: Guard) -> None:
    name = "sinkorswim-DoeJohn-Baseline"
    guard.open(name)
    (warning,) = guard.notices_about(name)
    line = next(x for x in warning["remedy"].splitlines() if x.startswith("aws sagemaker"))
    words = shlex.split(line)
    pairs = [p.removeprefix("Key=").split(",Value=") for p in words[words.index("--tags") + 1 :]]
    assert ["Project", "sinkorswim"] in pairs
    assert ["Name", "John Doe"] in pairs
    guard.tag(name, {key: value.replace("YOUR-", "my ") for key, value in pairs})
    assert guard.stages_of(name) == ["warning", "all-clear"]
    guard.wait(hours=2)
    assert guard.stages_of(name) == ["warning", "all-clear"]
    assert guard.stops(name) == []


def test_not_fixed_it_is_stopped_at_the_deadline_and_that_is_told_when_confirmed(
    guard: Guard,
) -> None:
    name = "DoeJohn-Never"
    guard.open(name)
    guard.wait(minutes=58)
    assert (guard.stages_of(name), guard.stops(name)) == (["warning"], [])
    guard.wait(minutes=14)
    assert guard.stops(name) == ["StopNotebookInstance"]
    assert guard.status(NOTEBOOK, name) == "Stopped"
    warning, stopped = guard.notices_about(name)
    assert stopped["time"] > warning["deadline"]
    assert "everything in /home/ec2-user/SageMaker" in stopped["kept"]
    assert "memory of running kernels" in stopped["lost"]
    assert f"start-notebook-instance --notebook-instance-name {name}" in stopped["restart"]


def test_started_again_unfixed_it_is_stopped_at_once_and_counted(guard: Guard) -> None:
    name = "DoeJohn-Stubborn"
    guard.open(name)
    guard.wait(minutes=72)
    assert guard.status(NOTEBOOK, name) == "Stopped"
    guard.sagemaker.start_notebook_instance(NotebookInstanceName=name)
    guard.wait(minutes=5)
    assert guard.status(NOTEBOOK, name) == "Stopped"
    assert guard.stages_of(name) == ["warning", "stopped", "stopped"]
    last = guard.notices_about(name)[-1]
    assert last["stops"] == 2
    assert "stop number 2" in last["reason"]


def test_a_bigger_machine_after_the_check_is_stopped(guard: Guard) -> None:
    name, sagemaker = "DoeJohn-Grown", guard.sagemaker
    guard.open(name, COMPLETE)
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    guard.wait(minutes=5)
    sagemaker.update_notebook_instance(NotebookInstanceName=name, InstanceType="ml.p3.2xlarge")
    guard.wait(minutes=5)
    sagemaker.start_notebook_instance(NotebookInstanceName=name)
    guard.wait(minutes=40)
    assert guard.status(NOTEBOOK, name) == "Stopped"
    assert guard.stages_of(name) == ["warning", "stopped"]
    assert "ml.p3.2xlarge is not among" in guard.notices_about(name)[0]["reason"]


def test_every_step_towards_a_stop_is_written_down(guard: Guard) -> None:
    name = "DoeJohn-Audited"
    guard.open(name)
    guard.wait(minutes=72)
    written = {row["what"]["S"] for row in guard.rows(name) if "what" in row}
    steps = {"told-warning", "asked-to-stop", "stop-accepted", "stop-confirmed", "told-stopped"}
    assert written == steps


def test_only_enforce_has_stopped_anything(guard: Guard) -> None:
    name = "DoeJohn-Once"
    guard.open(name)
    guard.wait(minutes=72)
    calls = [e["detail"] for e in guard.account.events if "eventName" in e["detail"]]
    named = [c for c in calls if name in (c.get("requestParameters") or {}).values()]
    stops = [c for c in named if c["eventName"].startswith("Stop")]
    assert guard.stops(name) == ["StopNotebookInstance"]
    assert all("-Enforce" in stop["userIdentity"]["arn"] for stop in stops)


def overdue(guard: Guard, name: str) -> None:
    """Have a notebook stopped for its tags, so that it gets no second grace."""
    guard.open(name)
    guard.wait(minutes=72)
    assert guard.stages_of(name) == ["warning", "stopped"]


def test_a_pending_notebook_is_stopped_as_soon_as_it_can_be(guard: Guard) -> None:
    name = "DoeJohn-Pending"
    overdue(guard, name)
    guard.account.pace = Timings(notebook_pending=3 * SWEEP)
    guard.sagemaker.start_notebook_instance(NotebookInstanceName=name)
    guard.enqueue_stop(KIND, name)
    guard.wait(minutes=29)
    assert len(guard.stops(name)) == 1
    guard.account.pace = Timings()
    guard.wait(minutes=2)
    assert len(guard.stops(name)) == 2
    assert guard.status(NOTEBOOK, name) == "Stopped"


@pytest.mark.parametrize("gone", [False, True])
def test_a_warned_notebook_that_its_user_stops_or_deletes_is_left_in_peace(
    guard: Guard,
    gone: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    name = f"DoeJohn-Leaves{gone}"
    guard.open(name)
    guard.sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    guard.enqueue_stop(KIND, name)
    guard.wait(minutes=2)
    if gone:
        guard.sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    guard.wait(minutes=72)
    guard.enqueue_stop(KIND, name)
    assert guard.stages_of(name) == ["warning"]
    assert guard.stops(name) == ["StopNotebookInstance"]  # its user's


def test_a_stop_that_comes_too_late_is_no_error_and_is_tried_again(guard: Guard) -> None:
    name = "DoeJohn-Race"
    guard.open(name)
    refusal = wrong_state("Stopping", ("InService",), "Stopping", "arn")
    guard.account.fail_next("StopNotebookInstance", refusal)
    guard.wait(minutes=90)
    assert guard.stops(name) == ["StopNotebookInstance"] * 2
    assert guard.stages_of(name) == ["warning", "stopped"]


def test_the_admins_hear_once_of_a_notebook_that_is_stuck_in_stopping(guard: Guard) -> None:
    name = "DoeJohn-Stuck"
    guard.open(name)
    guard.account.stick(name)
    guard.wait(minutes=80)
    assert guard.status(NOTEBOOK, name) == "Stopping"
    assert guard.stages_of(name) == ["warning"]
    guard.wait(minutes=50)
    assert guard.stages_of(name) == ["warning", "failed"]
    assert guard.notices_about(name)[-1]["audience"] == "admins"
    assert "30 minutes ago" in guard.notices_about(name)[-1]["reason"]
    assert guard.stops(name) == ["StopNotebookInstance"]
    guard.account.release(name)
    guard.wait(minutes=1)
    assert guard.stages_of(name) == ["warning", "failed", "stopped"]


def test_a_deleted_notebook_does_not_lend_its_faults_to_the_next_of_its_name(
    guard: Guard,
) -> None:
    name = "DoeJohn-Reborn"
    overdue(guard, name)
    guard.sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    guard.wait(minutes=2)
    guard.open(name)
    assert guard.stages_of(name) == ["warning", "stopped", "warning"]
    deadline = guard.aws.clock.now() + timedelta(minutes=50)
    guard.aws.clock.advance_to(deadline)
    assert guard.status(NOTEBOOK, name) == "InService"
