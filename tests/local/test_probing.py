"""Two hundred notebooks, twenty of which hang: they delay no others and leak nothing."""

import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import replace
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.heartbeats import read_heartbeats
from costguard.adapters.jupyter import read_activity
from costguard.adapters.probe_client import ask_all
from costguard.app.sweep import sweep
from costguard.policy.model import RuleSettings
from costguard.resources.activity import Activity
from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.model import Resource
from costguard.rules import RULES
from local.clock import Clock
from local.jupyter.proxy import Proxy, hanging_backend, jupyter_backend
from tests.factories import notebook, policy
from tests.scenarios.account import Account

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
HANGING = {f"nb-{number}" for number in range(0, 200, 10)}
OPTIONS = replace(RULES["idle"].options, after_unseen=timedelta(0))
BEGAN = NOW - timedelta(hours=3)
FLEET = [notebook(f"nb-{number}", started=BEGAN) for number in range(200)]


def due_now(_notebook: Resource, _known: Activity) -> datetime:
    return NOW


def proxy_of_all(until: threading.Event) -> Proxy:
    made, idle = (
        Proxy(Clock(NOW, frozen=True)),
        jupyter_backend([("idle", NOW - timedelta(hours=2))]),
    )
    made.backends |= {n.name: hanging_backend(until) if n.name in HANGING else idle for n in FLEET}
    return made


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    until = threading.Event()
    made = proxy_of_all(until)
    yield made
    until.set()
    made.close()


def open_files() -> int:
    gc.collect()
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_who_hangs_is_a_gap_and_holds_nobody_up(proxy: Proxy) -> None:
    read_activity(proxy.presign("nb-1", 1800))
    threads, files, began = threading.active_count(), open_files(), time.monotonic()

    def ask(name: str, *, kernels: bool = False) -> dict[str, Any]:
        return read_activity(proxy.presign(name, 1800), kernels=kernels)

    seen = ask_all(ask, FLEET, NOW)
    assert time.monotonic() - began < 60
    assert {name for name, one in seen.items() if one.problem == "timeout"} == HANGING
    assert sum(len(one.kernels or ()) == 1 for one in seen.values()) == 180
    assert threading.active_count() - threads <= len(HANGING)  # of the proxy, which still hang
    assert open_files() - files <= len(HANGING)


def test_a_probe_that_breaks_is_one_notebooks_problem() -> None:
    def ask(name: str, *, kernels: bool = False) -> dict[str, object]:
        assert not kernels
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


def test_heartbeats_are_read_500_statistics_a_call_and_every_page_of_it() -> None:
    metrics: Any = Metrics()
    beats = read_heartbeats(metrics, [n.name for n in FLEET], NOW)
    assert metrics.asked == [200, 498, 498, 204]  # who has one; then six of each
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
    observer = NotebookObserver(inventory=Jobs(), cloudwatch=Metrics, ask=None)  # type: ignore[arg-type]  # only what it calls
    seen = observer.observe(FLEET[:2], NOW, due_now)
    assert {a.jupyter for a in seen.activity.values()} == {None}
    assert all(a.heartbeats for a in seen.activity.values())


def test_a_heartbeat_of_an_earlier_run_is_not_this_ones() -> None:
    observer = NotebookObserver(inventory=Jobs(), cloudwatch=Metrics, ask=None)  # type: ignore[arg-type]
    young = notebook("nb-0", started=NOW - timedelta(minutes=4))
    [activity] = observer.observe([young], NOW, due_now).activity.values()
    assert [beat.at for beat in activity.heartbeats] == [NOW]
    assert young.kind == NOTEBOOK.name


class Forbidden(Metrics):
    """CloudWatch that keeps one metric to itself."""

    def paginate(self, **asked: object) -> Iterator[dict[str, object]]:
        queries = asked["MetricDataQueries"]
        assert isinstance(queries, list)
        row = {"Id": queries[0]["Id"], "StatusCode": "Forbidden", "Timestamps": [], "Values": []}
        yield {"MetricDataResults": [row]}


def test_a_metric_that_is_kept_back_leaves_everybody_unjudged() -> None:
    observer = NotebookObserver(inventory=Jobs(), cloudwatch=Forbidden, ask=None)  # type: ignore[arg-type]
    seen = observer.observe(FLEET[:1], NOW, due_now)
    assert seen.activity == {}
    assert [str(e) for e in seen.errors] == ["CloudWatch tells nothing of CpuPercent of nb-0"]


class Silent(Metrics):
    """CloudWatch without a heartbeat."""

    def paginate(self, **_asked: object) -> Iterator[dict[str, object]]:
        yield {"MetricDataResults": []}


@dataclass(frozen=True)
class Swept:
    """A whole sweep over the fleet, after which the twenty still hang."""

    account: Account
    numbers: Mapping[str, int]
    took: float  # seconds
    held: set[object]  # before it
    until: threading.Event


@pytest.fixture(scope="module")
def swept() -> Iterator[Swept]:
    until = threading.Event()
    made, idle = proxy_of_all(until), RuleSettings(options=OPTIONS)
    account = Account(policy(rules={"idle": idle}), *FLEET)
    observer = NotebookObserver(
        Jobs(),  # type: ignore[arg-type]
        Silent,  # type: ignore[arg-type]
        lambda name, /, *, kernels=False: read_activity(made.presign(name, 1800), kernels=kernels),
    )
    read_activity(made.presign("nb-1", 1800))  # from here on the proxy itself is there
    before, began = held(), time.monotonic()
    numbers = sweep(replace(account.sweep_ports, activity=observer), now=NOW)
    yield Swept(account, numbers, time.monotonic() - began, before, until)
    until.set()
    made.close()


def held() -> set[object]:
    """Every thread of this process, and every open file and socket: number and inode."""
    found: set[object] = set(threading.enumerate())
    for file in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # it listed itself
            found.add((file.name, str(file.readlink())))
    return found


def soon(holds: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_a_whole_sweep_judges_the_180_and_leaves_a_gap_for_the_20(swept: Swept) -> None:
    assert swept.took < 60  # of the function's 300
    told = swept.account.new_notices()
    assert len(told) == 180
    assert set(told) == {("warning", n.name) for n in FLEET if n.name not in HANGING}
    expected = {
        "ResourcesEvaluated": 200,
        "Violations": 180,
        "Unknowns": 20,
        "Unobservable": 20,
        "StopsDue": 0,
        "TaskFailures": 0,
    }
    assert expected.items() <= swept.numbers.items()
    [summary] = swept.account.summaries
    assert all(name in summary for name in HANGING)
    assert swept.account.ledger.keys() == {n.ref.key for n in FLEET if n.name not in HANGING}


def test_once_the_20_let_go_no_thread_socket_or_file_is_left(swept: Swept) -> None:
    assert soon(lambda: len(held() - swept.held) == 2 * len(HANGING))  # the proxy's: each hangs
    swept.until.set()
    assert soon(lambda: held() <= swept.held), held() - swept.held
