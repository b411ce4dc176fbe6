"""The functions that the local AWS hosts, where its clock runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from local.account import LocalAws
from tests.local.conftest import MORNING
from tests.local.functions import function
from tests.local.test_function_clock import LOAD, TELL, moment, run

HOUR = timedelta(hours=1)


@pytest.fixture
def running() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=MORNING) as account:
        yield account


def test_where_the_clock_runs_the_functions_run_with_it_and_are_moved_with_it(
    running: LocalAws,
) -> None:
    function(running, "runs", TELL, load=LOAD)
    for _ in range(2):
        before = running.clock.now()
        told = run(running, "runs")
        assert before <= moment(told) <= running.clock.now()
        running.clock.advance(24 * HOUR)


def test_at_a_moment_that_falls_due_a_function_sees_that_moment(running: LocalAws) -> None:
    function(running, "due", TELL, load=LOAD)
    seen: list[datetime] = []
    due = running.clock.now() + HOUR
    running.clock.call_at(due, lambda: seen.append(moment(run(running, "due"))))
    running.clock.advance(2 * HOUR)
    assert seen == [due]
