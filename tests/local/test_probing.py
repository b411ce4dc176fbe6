"""Two hundred notebooks, twenty of which hang: what hangs holds nobody up and leaks nothing."""

import gc
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from costguard.aws.activity import Senses, ask_all, heartbeats
from costguard.aws.jupyter import read
from costguard.kinds import NOTEBOOK
from costguard.model import Resource
from local.clock import Clock
from local.jupyter import Proxy, answering, hanging
from tests.factories import notebook

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
HANGING = {f"nb-{number}" for number in range(0, 200, 10)}
BEGAN = NOW - timedelta(hours=3)
FLEET = [notebook(f"nb-{number}", started=BEGAN) for number in range(200)]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made, until = Proxy(Clock(NOW, frozen=True)), threading.Event()
    idle = answering([("idle", NOW - timedelta(hours=2))])
    made.backends |= {n.name: hanging(until) if n.name in HANGING else idle for n in FLEET}
    yield made
    until.set()
    made.close()


def open_files() -> int:
    gc.collect()
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_who_hangs_is_a_gap_and_holds_nobody_up(proxy: Proxy) -> None:
    read(proxy.presign("nb-1", 1800))
    threads, files, began = threading.active_count(), open_files(), time.monotonic()
    seen = ask_all(lambda name: read(proxy.presign(name, 1800)), FLEET, NOW)
    assert time.monotonic() - began < 60
    assert {name for name, one in seen.items() if one.problem == "timeout"} == HANGING
    assert sum(len(one.kernels) == 1 for one in seen.values()) == 180
    assert threading.active_count() - threads <= len(HANGING)  # of the proxy, which still hang
    assert open_files() - files <= len(HANGING)


def test_a_probe_that_breaks_is_one_notebooks_problem() -> None:
    def ask(name: str) -> dict[str, object]:
        if name in HANGING:
            raise ValueError(name)
        return {"kernels": [], "terminals": []}

    seen = ask_all(ask, FLEET, NOW)
    assert {name for name, one in seen.items() if one.problem} == HANGING
    assert seen["nb-0"].problem == "the probe failed: ValueError"


class Metrics:
    """CloudWatch with 200 heartbeats, in pages of 300."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def get_paginator(self, _operation: str) -> "Metrics":
        return self

    def paginate(self, **asked: object) -> Iterator[dict[str, object]]:
        queries = asked["MetricDataQueries"]
        assert isinstance(queries, list)
        self.asked.append(len(queries))
        rows = [
            {
                "Id": q["Id"],
                "StatusCode": "Complete",
                "Timestamps": [NOW - timedelta(minutes=10), NOW - timedelta(minutes=2)],
                "Values": [1.0, 0.0],
            }
            for q in queries
        ]
        yield {"MetricDataResults": rows[:300]}
        yield {"MetricDataResults": []}
        yield {"MetricDataResults": rows[300:]}


def test_heartbeats_are_read_500_metrics_a_call_and_every_page_of_it() -> None:
    metrics = Metrics()
    beats = heartbeats(metrics, [n.name for n in FLEET], NOW)
    assert metrics.asked == [500, 500]
    assert len(beats) == 200
    assert [(b.at, b.busy_kernels, b.cpu) for b in beats["nb-199"]] == [
        (NOW - timedelta(minutes=5), 1.0, 1.0),
        (NOW, 0.0, 0.0),
    ]


class Jobs:
    """An account in which no job has ended."""

    def ended(self, _since: datetime, _now: datetime) -> list[tuple[Resource, datetime]]:
        return []


def test_with_the_probe_turned_off_only_heartbeats_are_read() -> None:
    senses = Senses(inventory=Jobs(), cloudwatch=Metrics, ask=None)  # type: ignore[arg-type]
    seen = senses.activity(FLEET[:2], NOW)
    assert {a.jupyter for a in seen.activity.values()} == {None}
    assert all(a.beats for a in seen.activity.values())


def test_a_heartbeat_of_an_earlier_run_is_not_this_ones() -> None:
    senses = Senses(inventory=Jobs(), cloudwatch=Metrics, ask=None)  # type: ignore[arg-type]
    young = notebook("nb-0", started=NOW - timedelta(minutes=4))
    [activity] = senses.activity([young], NOW).activity.values()
    assert [beat.at for beat in activity.beats] == [NOW]
    assert young.kind == NOTEBOOK.name


class Forbidden(Metrics):
    """CloudWatch that keeps one metric to itself."""

    def paginate(self, **asked: object) -> Iterator[dict[str, object]]:
        queries = asked["MetricDataQueries"]
        assert isinstance(queries, list)
        row = {"Id": queries[0]["Id"], "StatusCode": "Forbidden", "Timestamps": [], "Values": []}
        yield {"MetricDataResults": [row]}


def test_a_metric_that_is_kept_back_leaves_everybody_unjudged() -> None:
    senses = Senses(inventory=Jobs(), cloudwatch=Forbidden, ask=None)  # type: ignore[arg-type]
    seen = senses.activity(FLEET[:1], NOW)
    assert seen.activity == {}
    assert [str(e) for e in seen.errors] == ["CloudWatch tells nothing of busy_kernels of nb-0"]
