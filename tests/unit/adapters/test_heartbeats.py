"""Metrics that anybody may write: what cannot be is not known, and the rest is read."""

import runpy
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.adapters.heartbeats import PERIOD, READINGS, read_heartbeats
from costguard.idleness.signals import LoadThreshold, signals_of
from costguard.resources.activity import Activity, Heartbeat
from tests.factories import at

NAN, INF = float("nan"), float("inf")
SCRIPT = Path(__file__).parents[3] / "lifecycle" / "heartbeat.py"
PUBLISHED: Callable[[Mapping[str, float]], Iterator[tuple[str, float]]] = runpy.run_path(
    str(SCRIPT)
)["samples"]
EARLIER = {
    "busy_kernels": "BusyKernels",
    "working_terminals": "WorkingTerminals",
    "cpu": "CpuPercent",
    "gpu": "GpuPercent",
    "since_input": "SecondsSinceInput",
}
"""What an earlier script called each fact."""


class CloudWatch:
    """Answers both statistics of a metric of one notebook from the points that it was given."""

    def __init__(self, **points: Any) -> None:
        self.points = points
        self.asked = 0

    def get_paginator(self, _operation: str) -> "CloudWatch":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        rows = []
        for query in asked["MetricDataQueries"]:
            self.asked += 1
            moments, values = self.points.get(query["MetricStat"]["Metric"]["MetricName"], ([], []))
            if isinstance(values, dict):
                values = values[query["MetricStat"]["Stat"]]
            rows.append({"Id": query["Id"], "Timestamps": moments, "Values": values})
        return [{}, {"MetricDataResults": rows}, {"MetricDataResults": [{"Id": "another"}]}]


def read(**points: Any) -> tuple[Heartbeat, ...]:
    told: Any = CloudWatch(**points)
    return read_heartbeats(told, ["one"], at(2)).get("one", ())


def beats(**points: Any) -> tuple[Heartbeat, ...]:
    """Read what an earlier script told, fact by fact."""
    return read(**{EARLIER[word]: each for word, each in points.items()})


def one(**values: Any) -> Heartbeat:
    told = {"cpu": 0.0, **values}  # which every heartbeat tells
    [beat] = beats(**{word: ([at(1)], [value]) for word, value in told.items()})
    return beat


def test_what_can_be_is_read() -> None:
    given = {"busy_kernels": 0.0, "working_terminals": 1.0, "cpu": 250.0, "gpu": 99.5}
    assert one(**given, since_input=60.0) == Heartbeat(at=at(1) + PERIOD, **given, since_input=60.0)


@pytest.mark.parametrize("odd", [NAN, INF, -INF, 1e300, "1", None, True, []])
@pytest.mark.parametrize("word", ["working_terminals", "cpu", "gpu", "since_input", "busy_kernels"])
def test_what_cannot_be_is_not_known_and_neither_is_that_nothing_works(
    word: str, odd: object
) -> None:
    beat = one(**{"busy_kernels": 0.0, word: odd})
    assert getattr(beat, word) is None
    assert beat.busy_kernels is None


@pytest.mark.parametrize("word", ["working_terminals", "gpu", "since_input"])
def test_below_zero_is_nothing_where_no_second_fact_is_told(word: str) -> None:
    beat = one(**{"busy_kernels": 0.0, word: -1.0})
    assert (getattr(beat, word), beat.busy_kernels) == (None, None)


def test_a_kernel_that_is_busy_is_told_beside_what_cannot_be() -> None:
    assert one(busy_kernels=2.0, cpu=NAN).busy_kernels == 2


@pytest.mark.parametrize("odd", [at(1).replace(tzinfo=None), at(1).replace(year=9999), "x", None])
def test_a_point_without_a_moment_is_left_out(odd: Any) -> None:
    moments: list[datetime] = [odd, at(1)]
    assert len(beats(cpu=(moments, [1.0, 2.0]))) == 1
    assert beats(cpu=([at(0), at(1)], [1.0])) == (Heartbeat(at=at(0) + PERIOD, cpu=1.0),)
    assert beats(cpu=(None, 3)) == ()


def test_who_has_no_heartbeat_is_asked_for_one_statistic_and_who_has_for_all() -> None:
    for points, asked in (({}, 1), ({"CpuPercent": ([at(1)], [0.0])}, len(READINGS))):
        cloudwatch: Any = CloudWatch(**points)
        read_heartbeats(cloudwatch, ["one"], at(2))
        assert cloudwatch.asked == asked


def published(told: list[dict[str, float]]) -> tuple[Heartbeat, ...]:
    """Read what the script publishes in one period, as CloudWatch sums it up."""
    found = dict[str, list[float]]()
    for each in told:
        for metric, value in PUBLISHED(each):
            found.setdefault(metric, []).append(value)
    assert len(found) <= 2
    summed = {m: {"Maximum": [max(vs)], "Minimum": [min(vs)]} for m, vs in found.items()}
    return read(**{metric: ([at(1)], of) for metric, of in summed.items()})


COUNTS, PERCENT = st.sampled_from([0, 1, 2, 7, 1500]), st.floats(0, 900).map(lambda x: round(x, 1))
BEATS = st.lists(
    st.fixed_dictionaries(
        {"cpu": PERCENT, "working_terminals": COUNTS},
        optional={
            "busy_kernels": COUNTS,
            "gpu": PERCENT,
            "since_input": st.integers(0, 2**31).map(float),
            "threads": COUNTS,
        },
    ),
    min_size=1,
    max_size=5,
)


@given(BEATS)
def test_what_shows_work_survives_two_metrics(told: list[dict[str, float]]) -> None:
    [beat] = published(told)
    assert beat.cpu == max(each["cpu"] for each in told)
    assert (beat.gpu or 0) == max(each.get("gpu", 0) for each in told)
    kernels = max(each.get("busy_kernels", 0) for each in told)
    assert (beat.busy_kernels or 0) == kernels
    works = any(each["working_terminals"] for each in told)
    assert bool(beat.busy_kernels or beat.working_terminals) == bool(kernels or works)
    inputs = [each["since_input"] for each in told if each.get("since_input", INF) < 315_360_000]
    assert beat.since_input == (pytest.approx(min(inputs)) if inputs else None)


@given(BEATS, st.integers(0, 200), st.integers(0, 100))
def test_a_signal_is_the_same_as_of_an_earlier_script(
    told: list[dict[str, float]], cpu: int, gpu: int
) -> None:
    load = LoadThreshold(cpu=cpu, gpu=gpu)
    older = {
        word: max(found) if word != "since_input" else min(found)
        for word in EARLIER
        if (found := [each[word] for each in told if word in each])
    }
    moments = {word: ([at(1)], [value]) for word, value in older.items()}
    now, then = (
        [*signals_of(Activity(heartbeats=each), load, at(1.1))]
        for each in (published(told), beats(**moments))
    )
    assert [(each.state, each.last) for each in now] == [(each.state, each.last) for each in then]
