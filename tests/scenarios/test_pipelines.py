"""Runs of pipelines: judged by the jobs that AWS lists as their steps, and stopped as a whole."""

from typing import Any

import pytest

from costguard.app.pipelines import run_of
from costguard.ownership.claims import PIPELINE_TAG
from costguard.resources.kinds.pipeline_execution import KIND
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.per_kind import PerKind
from tests.factories import GOOD_TAGS, arn, at, on, policy, resource, training_job, with_rule
from tests.scenarios.account import Account

NAME = "churn/execution/p4jn9xou8a8s"
STEP = "pipelines-p4jn9xou8a8s-train-tmgxry49ug"
HEAVY = on("ml.p4d.24xlarge")


def step(name: str = STEP, **changes: Any) -> Resource:
    own = GOOD_TAGS | {PIPELINE_TAG: arn(KIND.name, NAME)}
    return training_job(name, **{"tags": own} | changes)


def run(*steps: Resource, name: str = NAME, **changes: Any) -> Resource:
    nothing = {"groups": (), "instances": 0, "max_runtime": None}
    of = {"belongs_to": arn("pipeline", "churn"), "steps": tuple(each.arn for each in steps)}
    return resource(KIND.name, name, **nothing | of | changes)


def test_a_run_is_stopped_for_what_its_job_runs_on_and_the_job_is_left_to_it() -> None:
    job = step(**HEAVY)
    seen = Account(policy(), run(job), job)
    seen.run(at(0.1))
    seen.sweep(at(0.2))
    assert seen.stopped == [NAME]
    assert [notice.resource["name"] for notice in seen.notices] == [NAME]
    assert f"its job {STEP}: ml.p4d.24xlarge is not among" in seen.notices[0].reason


def test_each_job_is_asked_with_the_settings_of_its_own_kind() -> None:
    job = step(**HEAVY)
    table = PerKind({"training-job": ("ml.p4d.*",), "*": ("ml.t3.*",)})
    rules = with_rule(policy(), "instance-type", allowed=table)
    seen = Account(rules, run(job), job)
    seen.run(at(0.1))
    assert (seen.stopped, seen.notices) == ([], [])


def test_a_run_without_a_job_at_the_moment_is_let_be() -> None:
    seen = Account(policy(), run())
    seen.run(at(0.1))
    assert (seen.stopped, seen.notices) == ([], [])


def test_an_event_of_a_job_is_about_the_run_that_aws_says_has_it() -> None:
    job = step(**HEAVY)
    seen = Account(policy(), run(job), job)
    assert seen.event(STEP, at(0.1)) == "due"
    assert seen.queued_stops == [NAME]
    seen.enforce(at(0.2))
    assert seen.stopped == [NAME]


def test_a_tag_alone_says_nothing_about_another_persons_run() -> None:
    job = step(**HEAVY)
    seen = Account(policy(), run(), job)
    seen.event(STEP, at(0.1))
    assert seen.queued_stops == [STEP]
    seen.run(at(0.2))
    assert seen.stopped == [STEP]


def test_a_run_that_has_ended_leaves_its_job_to_itself() -> None:
    job = step(**HEAVY)
    seen = Account(policy(), run(job, status=ResourceStatus.STOPPED), job)
    seen.event(STEP, at(0.1))
    seen.run(at(0.2))
    assert seen.stopped == [STEP]


def test_while_a_pipeline_makes_new_jobs_none_of_them_is_stopped_alone() -> None:
    job = step(**HEAVY)
    rules = with_rule(policy(), "instance-type")
    seen = Account(rules, run(job), job)
    for number in range(1, 4):
        seen.run(at(number / 10))
        seen.delete(seen.named(job.name).name)
        job = step(f"{STEP[:-1]}{number}", **HEAVY)
        seen.resources[job.ref.key] = job
        if seen.named(NAME).status is ResourceStatus.RUNNING:
            seen.change(NAME, steps=(job.arn,))
    assert seen.stopped[0] == NAME


@pytest.mark.parametrize("listed", [True, False])
def test_several_that_are_due_at_once_are_looked_at_again_with_their_runs(*, listed: bool) -> None:
    job, other = step(**HEAVY), training_job("other", **HEAVY)
    seen = Account(policy(), run(job) if listed else run(), job, other)
    seen.sweep(at(0.1))
    seen.enforce(at(0.2))
    assert sorted(seen.stopped) == sorted([NAME if listed else STEP, "other"])


def test_instances_of_its_jobs_count_for_their_owner_once() -> None:
    jobs = [step(f"{STEP[:-1]}{n}") for n in range(2)]
    rules = with_rule(policy(), "too-many", per_owner=2)
    seen = Account(rules, run(*jobs), *jobs)
    seen.run(at(0.1))
    assert (seen.stopped, seen.notices) == ([], [])


def test_a_sum_over_another_person_stops_no_run_of_this_one() -> None:
    theirs = GOOD_TAGS | {"Name": "Jane Roe"}
    jobs = [step(f"{STEP[:-1]}{n}", tags=theirs) for n in range(3)]
    rules = with_rule(policy(), "too-many", per_owner=2)
    seen = Account(rules, run(*jobs), *jobs)
    seen.run(at(0.1))
    assert seen.stopped == []
    assert "whether the job" in seen.notices[0].reason


def test_the_tags_of_its_jobs_are_read_from_the_source_before_anything_is_due() -> None:
    job = step(tags={})
    seen = Account(policy(), run(job), job)
    seen.sweep(at(0.1))
    assert STEP in seen.tags_asked


def test_what_is_no_step_asks_for_no_pipeline() -> None:
    seen = Account(policy(), run())
    ports = seen.enforce_ports
    assert run_of(ports, training_job("churn")) is None
    assert run_of(ports, training_job("churn", tags={PIPELINE_TAG: "x"})) is None
    assert run_of(ports, step(status=ResourceStatus.STOPPED)) is None
    assert seen.described == []


def test_a_step_whose_event_has_no_tags_is_found_by_those_that_aws_has() -> None:
    job = step(**HEAVY)
    seen = Account(policy(), run(job), job)
    found = run_of(seen.enforce_ports, step(tags=None))
    assert found is not None
    assert found.name == NAME


def test_a_run_that_is_too_old_is_warned_about_and_stopped() -> None:
    seen = Account(policy(), run())
    seen.run(at(13))
    seen.sweep(at(13.1))
    assert seen.stopped == [NAME]
