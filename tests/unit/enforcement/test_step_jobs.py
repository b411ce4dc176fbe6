"""The gravest answer about the jobs of a run is the run's."""

from datetime import UTC
from typing import Any

import pytest

from costguard.enforcement.outcomes import UnknownFinding
from costguard.enforcement.step_jobs import Answer, with_jobs
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Exemption
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail
from tests.factories import PEOPLE, at, policy, resource, training_job, with_rule

BAD = Fail("it is large", "Take a smaller one.")
GAP = UnknownFinding("instance-type", "its type")
JOBS = (training_job("one"), training_job("two"))
RUN = resource("pipeline-execution", "p/execution/1", steps=(), jobs=JOBS)


def answer(
    *of_jobs: Answer | None,
    own: Answer | None = PASS,
    rule: str = "instance-type",
    run: Resource = RUN,
    rules: Any = None,
    alone: bool = False,
) -> Answer | None:
    fleet = None if alone else Fleet((), PEOPLE)
    context = EvaluationContext(now=at(0), directory=PEOPLE, zone=UTC, fleet=fleet)
    told = iter(of_jobs)
    rules = rules or policy()
    return with_jobs(run, {rule: own}, lambda _rule, _job: next(told), rules, context)[rule]


@pytest.mark.parametrize(
    ("of_jobs", "own", "gravest"),
    [
        ((PASS, PASS), PASS, "pass"),
        ((None, None), None, "pass"),
        ((PASS, GAP), PASS, GAP),
        ((PASS, PASS), GAP, GAP),
        ((PASS, PASS), BAD, BAD),
    ],
)
def test_the_gravest_answer_counts(of_jobs: Any, own: Any, gravest: Any) -> None:
    assert answer(*of_jobs, own=own) == (PASS if gravest == "pass" else gravest)


def test_it_says_whose_fault_it_is() -> None:
    found = answer(GAP, BAD)
    assert isinstance(found, Fail)
    assert (found.reason, found.remedy) == ("its job two: it is large", BAD.remedy)


def test_without_the_fleet_only_a_failure_is_an_answer() -> None:
    assert answer(PASS, PASS, alone=True) is NEEDS_FLEET
    assert isinstance(answer(PASS, BAD, alone=True), Fail)
    unseen = resource("pipeline-execution", "p/execution/1", steps=(), jobs=None)
    assert answer(run=unseen) is NEEDS_FLEET


def test_a_job_that_does_not_run_or_is_exempt_is_not_asked_about() -> None:
    ended = training_job("one", status=ResourceStatus.STOPPED)
    metered = training_job("two", judged=False)
    assert answer(run=resource("pipeline-execution", "p", jobs=(ended, metered))) is PASS
    spared = Exemption(names=("one", "two"), why="demo", by="us", until=at(9))
    assert answer(rules=policy(exemptions=(spared,))) is PASS


def test_a_run_itself_is_not_counted_and_a_sum_over_another_stops_nothing() -> None:
    assert answer(PASS, PASS, own=BAD, rule="too-many") is PASS
    other = training_job("one", tags={"Name": "Jane Roe"})
    of_two = resource("pipeline-execution", "p/execution/1", steps=(), jobs=(other,))
    rules = with_rule(policy(), "too-many", per_owner=1)
    found = answer(BAD, rule="too-many", run=of_two, rules=rules)
    assert found == UnknownFinding("too-many", "whether the job one is its owner's is not known")
