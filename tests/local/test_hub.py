"""A stack that was alone becomes a hub: it keeps its ledger, and guards two accounts elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.demo.environment import DemoEnvironment, listed, seconds_to_stop
from tests.local.guard import START, TAGS, Guard, machines
from tests.local.sagemaker_cases import training
from tests.local.spokes import EXTERNAL_ID, ORGANIZATION, deploy_spoke

LAB, OTHER = "222233334444/eu-west-1", "333344445555/us-west-2"
HUB = {
    "Spokes": f"{LAB},{OTHER}",
    "SpokeExternalId": EXTERNAL_ID,
    "OrganizationId": ORGANIZATION,
}
BIG, SMALL = machines("ml.p4d.24xlarge"), machines("ml.m5.large")


@pytest.fixture(scope="module")
def hub(staged: Path) -> Iterator[Guard]:
    """Deploy a stack alone, let it warn of a job, and deploy it again as a hub of two spokes."""
    with DemoEnvironment(port=0, start=START, frozen=True, places=[LAB, OTHER]) as stage:
        stage.open()
        guard = Guard(stage, staged)
        guard.deploy()
        stage.subscribe(guard.outputs)
        guard.create("TrainingJob", "sinkorswim-untagged", ResourceConfig=SMALL)
        for place in (LAB, OTHER):
            deploy_spoke(stage, place)
        guard.deploy(**HUB)
        yield guard


def launch(guard: Guard, place: str, name: str, **more: Any) -> None:
    """Launch a job in a spoke."""
    sagemaker = guard.aws.client("sagemaker", place)
    sagemaker.create_training_job(**training(name, Tags=listed(TAGS), **more))
    guard.aws.settle()


def status(guard: Guard, place: str, name: str) -> str:
    """Say what SageMaker there says a job's status is."""
    found = guard.aws.client("sagemaker", place).describe_training_job(TrainingJobName=name)
    return str(found["TrainingJobStatus"])


def where(guard: Guard, name: str) -> dict[tuple[str, str], list[str]]:
    """Give the stages of the notices about a name, by account and Region."""
    found: dict[tuple[str, str], list[str]] = {}
    for notice in guard.notices_about(name):
        found.setdefault((notice["account"], notice["region"]), []).append(notice["stage"])
    return found


def case_keys(guard: Guard, name: str) -> list[str]:
    """Give the keys of the cases about a name."""
    return [row["sk"]["S"] for row in guard.rows(name) if row["pk"]["S"] == "case"]


def test_what_the_stack_knew_when_it_was_alone_it_still_knows(hub: Guard) -> None:
    assert case_keys(hub, "sinkorswim-untagged") == ["training-job/sinkorswim-untagged"]
    hub.next_sweep()
    assert hub.stages_of("sinkorswim-untagged") == ["warning"]


def test_an_event_in_a_spoke_stops_a_job_there_as_fast_as_at_home(
    hub: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    took = {}
    for place, name in ((LAB, "sinkorswim-there"), ("", "sinkorswim-here")):
        for each in (name.replace("sinkorswim", "warm"), name):
            if place:
                launch(hub, place, each, ResourceConfig=BIG)
            else:
                hub.create("TrainingJob", each, TAGS, ResourceConfig=BIG)
        took[name] = seconds_to_stop(hub.aws.delivered, "StopTrainingJob", "trainingJobName", name)
    there, here = took.values()
    assert there is not None
    assert here is not None
    with capsys.disabled():
        print(f" stopped after {there:.2f} s there, {here:.2f} s here ", end="")  # noqa: T201 - asked for
    assert there < here + 2
    assert status(hub, LAB, "sinkorswim-there") == "Stopping"
    hub.wait(minutes=1)
    assert where(hub, "sinkorswim-there") == {("222233334444", "eu-west-1"): ["stopped"]}


@pytest.mark.real
def test_the_same_name_in_two_accounts_is_two_jobs_each_under_its_own_mode(hub: Guard) -> None:
    hub.next_sweep()
    for place in (LAB, OTHER):
        launch(hub, place, "sinkorswim-twin", ResourceConfig=BIG)
    hub.next_sweep()
    assert status(hub, LAB, "sinkorswim-twin") == "Stopped"
    assert status(hub, OTHER, "sinkorswim-twin") == "InProgress"
    found = where(hub, "sinkorswim-twin")
    assert found["222233334444", "eu-west-1"] == ["stopped"]
    assert "stopped" not in found["333344445555", "us-west-2"]
    assert found["333344445555", "us-west-2"]


@pytest.mark.real
def test_a_spoke_whose_role_is_taken_away_is_named_within_two_sweeps_and_hides_no_other(
    hub: Guard,
) -> None:
    launch(hub, LAB, "sinkorswim-lab", ResourceConfig=SMALL)
    iam = hub.aws.client("iam", LAB)
    role = "costguard-look-eu-west-1"
    kept = iam.get_role_policy(RoleName=role, PolicyName="Look")["PolicyDocument"]
    cases = case_keys(hub, "sinkorswim-twin")
    assert hub.summaries("Costguard cannot read") == []
    iam.delete_role_policy(RoleName=role, PolicyName="Look")
    with hub.losing_events():
        hub.create("TrainingJob", "sinkorswim-meanwhile", TAGS, ResourceConfig=BIG)
    hub.next_sweep()
    hub.next_sweep()
    [told] = hub.summaries("Costguard cannot read")
    assert "222233334444" in told
    assert "eu-west-1" in told
    assert hub.status("TrainingJob", "sinkorswim-meanwhile") in ("Stopping", "Stopped")
    assert case_keys(hub, "sinkorswim-twin") == cases
    iam.put_role_policy(RoleName=role, PolicyName="Look", PolicyDocument=json.dumps(kept))
    hub.next_sweep()
    hub.next_sweep()
    assert len(hub.summaries("Costguard reads")) == 1
