"""Which run of a pipeline a job belongs to: what AWS lists counts, and no tag alone."""

from costguard.app.pipelines import run_of
from costguard.ownership.claims import PIPELINE_TAG
from costguard.resources.model import ResourceStatus
from tests.factories import arn, policy, resource, training_job
from tests.scenarios.account import Account

JOB = training_job(
    "pipelines-p4jn9xou8a8s-train-tmgxry49ug",
    tags={PIPELINE_TAG: arn("pipeline-execution", "churn/execution/p4jn9xou8a8s")},
)
RUN = resource("pipeline-execution", "churn/execution/p4jn9xou8a8s", steps=(JOB.arn,))


def test_a_run_that_lists_the_job_is_found_with_it() -> None:
    found = run_of(Account(policy(), RUN, JOB).enforce_ports, JOB)
    assert found is not None
    assert (found.ref, found.jobs) == (RUN.ref, (JOB,))


def test_no_run_that_is_over_or_gone_or_of_other_jobs_is_found() -> None:
    other = training_job("other", tags=JOB.tags)
    assert run_of(Account(policy(), RUN, other).enforce_ports, other) is None
    assert run_of(Account(policy(), JOB).enforce_ports, JOB) is None
    over = resource(RUN.kind, RUN.name, steps=RUN.steps, status=ResourceStatus.STOPPED)
    assert run_of(Account(policy(), over, JOB).enforce_ports, JOB) is None
