"""The shipped policy and the run times that real clients ask for where nobody says any.

What each client sends is recorded in tests/real/clients/cases.py, which `make real` holds them to.
"""

from datetime import timedelta

import pytest

from costguard.policy.loader import parse_policy
from costguard.resources.model import NO_LIMIT, Resource
from tests.factories import at, on, processing_job, training_job
from tests.real.clients.cases import SCHEDULER, SDK_2, SDK_3
from tests.scenarios.account import Account
from tests.scenarios.test_owners import SHIPPED

DAY = timedelta(days=1)
JOBS = [
    (f"{client.name}: {case.name}", timedelta(seconds=case.limit) if case.limit else NO_LIMIT)
    for client in (SDK_2, SDK_3, SCHEDULER)
    for case in client.cases
    if not case.name.startswith("remedy")
]
RULE = "long-running"


def swept(job: Resource, *hours: float) -> Account:
    """Sweep an account in which one job runs at these hours after its start."""
    guard = Account(parse_policy(SHIPPED), job)
    for hour in hours:
        guard.run(at(hour))
    return guard


def told(guard: Account) -> list[tuple[str, str]]:
    return [(notice.stage, notice.time[11:16]) for notice in guard.notices if notice.rule == RULE]


@pytest.mark.parametrize(("call", "asks"), JOBS)
@pytest.mark.parametrize("make", [training_job, processing_job])
def test_no_default_of_a_client_is_stopped_in_its_first_hour(
    call: str, asks: timedelta, make: type
) -> None:
    guard = swept(make(max_runtime=asks, **on("ml.m5.large")), 0, 0.5, 0.95)
    assert guard.stopped == [], call
    assert (told(guard) == []) is (asks <= DAY), call


def test_a_job_that_asks_for_the_default_of_a_day_is_ended_by_its_age_after_a_warning() -> None:
    job = training_job(max_runtime=DAY, **on("ml.m5.large"))
    assert told(swept(job, 0, 11.9)) == []
    assert told(swept(job, 0, 12.1, 13.2)) == [("warning", "02:06"), ("stopped", "03:12")]


def test_a_job_that_asks_for_no_limit_has_an_hour_to_finish_in() -> None:
    job = training_job(max_runtime=NO_LIMIT, **on("ml.m5.large"))
    assert told(swept(job, 0, 1)) == [("warning", "14:00"), ("stopped", "15:00")]
