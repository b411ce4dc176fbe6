"""Metrics that anybody may write: what cannot be is not known, and the rest is read."""

from datetime import datetime
from typing import Any

import pytest

from costguard.adapters.heartbeats import METRICS, PERIOD, read_heartbeats
from costguard.resources.activity import Heartbeat
from tests.factories import at

NAN, INF = float("nan"), float("inf")


class CloudWatch:
    """Answers each metric of one notebook with the points that it was given."""

    def __init__(self, **points: Any) -> None:
        self.points = points

    def get_paginator(self, _operation: str) -> "CloudWatch":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        rows = []
        for query in asked["MetricDataQueries"]:
            word = METRICS[query["MetricStat"]["Metric"]["MetricName"]][0]
            moments, values = self.points.get(word, ([], []))
            rows.append({"Id": query["Id"], "Timestamps": moments, "Values": values})
        return [{}, {"MetricDataResults": rows}, {"MetricDataResults": [{"Id": "another"}]}]


def beats(**points: Any) -> tuple[Heartbeat, ...]:
    told: Any = CloudWatch(**points)
    return read_heartbeats(told, ["one"], at(2)).get("one", ())


def one(**values: Any) -> Heartbeat:
    [beat] = beats(**{word: ([at(1)], [value]) for word, value in values.items()})
    return beat


def test_what_can_be_is_read() -> None:
    given = {"busy_kernels": 0.0, "working_terminals": 1.0, "cpu": 250.0, "gpu": 99.5}
    assert one(**given, since_input=60.0) == Heartbeat(at=at(1) + PERIOD, **given, since_input=60.0)


@pytest.mark.parametrize("odd", [NAN, INF, -INF, -1.0, 1e300, "1", None, True, []])
@pytest.mark.parametrize("word", ["working_terminals", "cpu", "gpu", "since_input", "busy_kernels"])
def test_what_cannot_be_is_not_known_and_neither_is_that_nothing_works(
    word: str, odd: object
) -> None:
    beat = one(**{"busy_kernels": 0.0, word: odd})
    assert getattr(beat, word) is None
    assert beat.busy_kernels is None


def test_a_kernel_that_is_busy_is_told_beside_what_cannot_be() -> None:
    assert one(busy_kernels=2.0, cpu=NAN).busy_kernels == 2


@pytest.mark.parametrize("odd", [at(1).replace(tzinfo=None), at(1).replace(year=9999), "x", None])
def test_a_point_without_a_moment_is_left_out(odd: Any) -> None:
    moments: list[datetime] = [odd, at(1)]
    assert len(beats(cpu=(moments, [1.0, 2.0]))) == 1
    assert beats(cpu=([at(0), at(1)], [1.0])) == (Heartbeat(at=at(0) + PERIOD, cpu=1.0),)
    assert beats(cpu=(None, 3)) == ()
