"""The meter: repeated, late or missing events lead to the same intervals."""

from collections.abc import Iterable
from copy import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.common.codec import decode, encode
from costguard.costs.usage import Usage, close_usage, update_usage
from costguard.ownership.directory import CostLabels
from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.kinds.training_job import KIND as TRAINING
from costguard.resources.model import BillingFacts, InstanceGroup, Resource, ResourceStatus
from tests.factories import (
    at,
    notebook,
    processing_job,
    resource,
    training_job,
    transform_job,
    tuning_job,
)

ADA = CostLabels(owner="Ada", project="x", purpose="play")
SWEEP = timedelta(minutes=5)
OFF, ON = ResourceStatus.STOPPED, ResourceStatus.RUNNING


class Meter:
    """The rows that are remembered."""

    def __init__(self) -> None:
        self.rows: dict[str, Usage] = {}

    def look(
        self, resource: Resource, now: datetime, labels: CostLabels | None = ADA, **more: Any
    ) -> None:
        """Look once."""
        swept = more.get("swept")
        for row in update_usage(resource, self.rows.values(), labels, swept=swept, now=now):
            self.rows[row.key] = decode(encode(row), Usage)

    def spans(self, component: str) -> list[tuple[datetime, datetime | None]]:
        """List the intervals, oldest first."""
        found = [r for r in self.rows.values() if r.component == component]
        return sorted((row.start, row.end) for row in found if row.start != row.end)


def minutes(number: float) -> datetime:
    return at(number / 60)


def notebook_at(changes: list[int], now: float) -> Resource:
    """Show a notebook that is turned on and off at these minutes."""
    past = [change for change in changes if change <= now]
    status = ON if len(past) % 2 else OFF
    return notebook(status=status, started=minutes(past[-1]) if past else at(-1))


CHANGES = st.lists(st.integers(1, 300), min_size=1, max_size=8, unique=True).map(sorted)
DELAYS = st.lists(st.tuples(st.integers(0, 7), st.floats(0, 20)), max_size=20)


def looked_at(changes: list[int], looks: Iterable[float]) -> Meter:
    """Look at the events' moments, and every five minutes at everything."""
    meter, swept = Meter(), None
    sweeps = {float(minute): True for minute in range(0, 320, 5)}
    for now in sorted({*looks, *sweeps}):
        meter.look(notebook_at(changes, now), minutes(now), swept=swept)
        swept = minutes(now) if now in sweeps else swept
    return meter


def seconds(spans: Iterable[tuple[datetime, datetime | None]]) -> float:
    return sum(((end or minutes(315)) - start).total_seconds() for start, end in spans)


def truly(changes: list[int]) -> float:
    turns = [*changes, 315] if len(changes) % 2 else changes
    return sum((off - on) * 60.0 for on, off in zip(turns[::2], turns[1::2], strict=True))


@given(CHANGES, DELAYS)
def test_metered_seconds_are_true_within_a_sweep_whatever_was_told_of_a_notebook(
    changes: list[int], told: list[tuple[int, float]]
) -> None:
    looks = [changes[n] + late for n, late in told if n < len(changes)]
    spans = looked_at(changes, looks).spans("notebook")
    off_by = abs(seconds(spans) - truly(changes))
    assert off_by <= SWEEP.total_seconds() * len(changes)
    assert all(a[1] is not None and a[1] <= b[0] for a, b in pairwise(spans))


@given(CHANGES)
def test_metered_seconds_are_exact_when_every_event_comes(changes: list[int]) -> None:
    spans = looked_at(changes, [float(each) for each in changes]).spans("notebook")
    assert seconds(spans) == truly(changes)


@given(st.lists(st.sampled_from(["starting", "running", "stopping", "over"]), max_size=9))
def test_a_job_is_metered_exactly_in_any_order_of_looks(looks: list[str]) -> None:
    ended = BillingFacts(ended=at(3), billable=timedelta(hours=1))
    shown = {
        "starting": training_job(started=None),
        "running": training_job(started=at(1)),
        "stopping": training_job(started=at(1), status=ResourceStatus.STOPPING),
        "over": training_job(started=at(1), status=OFF, billing=ended),
    }
    meter = Meter()
    for look in [*looks, "over"]:
        meter.look(shown[look], at(4))
    (row,) = meter.rows.values()
    assert (row.start, row.end, row.billable) == (at(1), at(3), timedelta(hours=1))


def test_a_job_whose_end_aws_does_not_tell_ends_when_that_is_first_seen() -> None:
    meter = Meter()
    for hour in (2, 3):
        meter.look(training_job(started=at(1), status=OFF), at(hour))
    assert meter.spans("training") == [(at(1), at(2))]


@pytest.mark.parametrize(
    "given", [tuning_job(), notebook(status=ResourceStatus.UNKNOWN), transform_job(started=None)]
)
def test_what_is_billed_elsewhere_unknown_or_not_begun_is_not_metered(given: Resource) -> None:
    meter = Meter()
    meter.look(given, at(1))
    assert meter.rows == {}


def test_a_warm_pool_is_metered_from_the_end_of_its_job() -> None:
    meter = Meter()
    warm = BillingFacts(ended=at(2), retaining=True)
    meter.look(training_job(started=at(1), status=OFF, billing=warm), at(2))
    assert meter.spans("training-warm-pool") == [(at(2), None)]
    cold = BillingFacts(ended=at(2), retained=timedelta(minutes=30))
    meter.look(training_job(started=at(1), status=OFF, billing=cold), at(3))
    assert meter.spans("training-warm-pool") == [(at(2), at(2.5))]


def test_a_volume_is_metered_while_its_notebook_exists_also_stopped() -> None:
    meter = Meter()
    meter.look(notebook(billing=BillingFacts(volume_gb=5)), at(1))
    meter.look(notebook(status=OFF, started=at(2), billing=BillingFacts(volume_gb=5)), at(2))
    assert meter.spans("notebook-volume") == [(at(-1), None)]
    meter.look(notebook(status=OFF, started=at(3), billing=BillingFacts(volume_gb=50)), at(3))
    assert meter.spans("notebook-volume") == [(at(-1), at(3)), (at(3), None)]


def test_a_restart_nobody_told_of_closes_the_run_that_was_seen_at_the_last_sweep() -> None:
    meter = Meter()
    meter.look(notebook(started=at(0)), at(0))
    meter.look(notebook(started=at(2)), at(2.1), swept=at(1.5))
    assert meter.spans("notebook") == [(at(0), at(1.5)), (at(2), None)]


def test_a_start_nobody_told_of_closes_the_run_before_it() -> None:
    meter = Meter()
    meter.look(notebook(started=at(0)), at(0))
    meter.look(notebook(status=ResourceStatus.STARTING, started=at(2)), at(2.1), swept=at(1.5))
    assert meter.spans("notebook") == [(at(0), at(1.5))]


def test_an_older_look_does_not_reopen_or_move_what_is_known() -> None:
    meter = Meter()
    meter.look(notebook(started=at(1)), at(1))
    meter.look(notebook(started=at(0)), at(1.1))
    assert meter.spans("notebook") == [(at(1), None)]


def test_the_earliest_end_that_is_told_counts() -> None:
    meter = Meter()
    meter.look(notebook(started=at(0)), at(0))
    meter.look(notebook(status=OFF, started=at(2)), at(3))
    meter.look(notebook(status=ResourceStatus.STOPPING, started=at(1)), at(3.1))
    assert meter.spans("notebook") == [(at(0), at(1))]


def test_what_is_gone_ended_when_it_was_last_known_and_its_volume_now() -> None:
    meter = Meter()
    meter.look(notebook(started=at(0), billing=BillingFacts(volume_gb=5)), at(0))
    rows = {r.component: r for r in close_usage(meter.rows.values(), swept=at(1), now=at(2))}
    assert (rows["notebook"].end, rows["notebook-volume"].end) == (at(1), at(2))
    (closed,) = close_usage([replace(rows["notebook"], end=None)], swept=None, now=at(2))
    assert closed.end == at(2)
    assert close_usage([closed], swept=None, now=at(3)) == ()


def test_labels_change_when_they_are_known_and_stay_when_not() -> None:
    meter = Meter()
    meter.look(notebook(), at(1), labels=None)
    assert [row.labels for row in meter.rows.values()] == [CostLabels()]
    meter.look(notebook(), at(1))
    meter.look(notebook(), at(1), labels=None)
    assert [row.labels for row in meter.rows.values()] == [ADA]


BOB = CostLabels(owner="Bob", project="y", purpose="work")


def test_who_is_charged_for_what_has_ended_stays_whatever_is_told_later() -> None:
    meter = Meter()
    over = training_job(started=at(1), status=OFF, billing=BillingFacts(ended=at(2)))
    meter.look(training_job(started=at(1)), at(1))
    meter.look(over, at(2), labels=ADA)
    for late, hour in [(BOB, 2), (CostLabels(), 3), (None, 4), (BOB, 99)]:
        meter.look(over, at(hour), labels=late)
        meter.look(training_job(started=at(1)), at(hour), labels=late)
    assert [row.labels for row in meter.rows.values()] == [ADA]


def test_what_ended_before_anybody_knew_whose_it_was_is_charged_to_who_is_told_first() -> None:
    meter = Meter()
    over = training_job(started=at(1), status=OFF, billing=BillingFacts(ended=at(2)))
    for labels in (None, ADA, BOB, None):
        meter.look(over, at(2), labels=labels)
    assert [row.labels for row in meter.rows.values()] == [ADA]


def test_an_earlier_end_that_is_told_late_charges_nobody_else() -> None:
    meter = Meter()
    meter.look(notebook(started=at(0)), at(0))
    meter.look(notebook(status=OFF, started=at(2)), at(3))
    meter.look(notebook(status=ResourceStatus.STOPPING, started=at(1)), at(3.1), labels=BOB)
    assert meter.spans("notebook") == [(at(0), at(1))]
    assert [row.labels for row in meter.rows.values()] == [ADA]


@given(
    st.sampled_from([CostLabels(), ADA, BOB]),
    st.lists(st.tuples(st.sampled_from([None, CostLabels(), ADA, BOB]), st.booleans())),
)
def test_no_event_changes_who_is_charged_for_a_closed_interval(
    known: CostLabels, late: list[tuple[CostLabels | None, bool]]
) -> None:
    meter = Meter()
    over = training_job(started=at(1), status=OFF, billing=BillingFacts(ended=at(2)))
    meter.look(over, at(2), labels=known)
    for labels, runs in late:
        meter.look(training_job(started=at(1)) if runs else over, at(3), labels=labels)
    assert [row.labels for row in meter.rows.values()] == [known]


def test_what_a_describe_answer_tells_of_the_bill() -> None:
    told = TRAINING.translation.billing_facts(
        {
            "TrainingEndTime": at(1),
            "BillableTimeInSeconds": 60,
            "EnableManagedSpotTraining": True,
            "WarmPoolStatus": {"Status": "Available", "ResourceRetainedBillableTimeInSeconds": 30},
        }
    )
    minute, half = timedelta(seconds=60), timedelta(seconds=30)
    assert told == BillingFacts(
        ended=at(1), billable=minute, spot=True, retained=half, retaining=True
    )
    assert NOTEBOOK.translation.billing_facts({"VolumeSizeInGB": 5}) == BillingFacts(volume_gb=5)


def test_what_aws_bills_at_nothing_is_not_metered_and_what_was_is_taken_back() -> None:
    job = processing_job(billing=BillingFacts(free=True))
    assert update_usage(job, (), CostLabels(), swept=None, now=at(1)) == ()
    [before] = update_usage(processing_job(), (), CostLabels(), swept=None, now=at(1))
    [after] = update_usage(job, (before,), CostLabels(), swept=None, now=at(2))
    assert after.end == after.start


def served(count: int, **changes: Any) -> Resource:
    groups = (InstanceGroup("ml.g5.xlarge", count),)
    return resource("endpoint", "churn", groups=groups, instances=count, **changes)


def sizes(meter: Meter) -> list[tuple[int | None, datetime, datetime | None]]:
    rows = sorted(meter.rows.values(), key=lambda row: row.start)
    return [(row.groups[0].count, row.start, row.end) for row in rows]


def test_what_may_be_resized_is_metered_by_its_sizes() -> None:
    meter = Meter()
    for hour, count in ((1, 1), (2, 1), (3, 4), (4, 4)):
        meter.look(served(count), at(hour))
    assert sizes(meter) == [(1, at(0), at(3)), (4, at(3), None)]
    meter.look(served(4, status=OFF), at(5))
    assert sizes(meter) == [(1, at(0), at(3)), (4, at(3), at(5))]


def test_one_of_the_same_name_begins_anew() -> None:
    meter = Meter()
    meter.look(served(1), at(1))
    meter.look(served(1, started=at(6)), at(7))
    assert sizes(meter) == [(1, at(0), at(6)), (1, at(6), None)]


def test_what_runs_on_no_instance_is_not_metered_by_the_hour() -> None:
    meter = Meter()
    meter.look(resource("endpoint", "churn", groups=(), billing=BillingFacts(free=True)), at(1))
    assert meter.rows == {}
