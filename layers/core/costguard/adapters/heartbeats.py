"""Read the heartbeats that notebooks publish as CloudWatch metrics."""

from collections.abc import Iterator, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from costguard.common.errors import IncompleteDataError
from costguard.common.observed import elements, moment, number
from costguard.resources.activity import Heartbeat

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

NAMESPACE, DIMENSION = "Costguard/Notebooks", "NotebookInstance"
"""Where lifecycle/heartbeat.py publishes."""

_FIRST = {"cpu": ("CpuPercent", "Maximum")}
"""Every heartbeat has it: without it there is none, and nothing else is asked for."""

_OTHERS = {
    "kernels": ("BusyKernels", "Maximum"),  # whole ones; the thousandths are terminals at work
    "input": ("BusyKernels", "Minimum"),  # below zero: seconds since input, less ten years
    "gpu": ("CpuPercent", "Minimum"),  # below zero: percent of the busiest GPU
    "working_terminals": ("WorkingTerminals", "Maximum"),
    "earlier_gpu": ("GpuPercent", "Maximum"),
    "since_input": ("SecondsSinceInput", "Minimum"),
}
"""The last three are an earlier script's. A metric costs money: now two of them hold all facts."""

READINGS = _FIRST | _OTHERS

_TEN_YEARS = 10 * 365 * 86_400

_MOST = {
    "busy_kernels": 10_000,
    "working_terminals": 10_000,
    "cpu": 100_000,
    "gpu": 1_000,  # percent: of a core, of a GPU
    "since_input": _TEN_YEARS,
}
"""More than this no notebook reports."""

PERIOD = timedelta(minutes=5)

LOOK_BACK = timedelta(hours=13)
"""Where nobody says otherwise."""

type _Told = dict[str, dict[datetime, dict[str, list[float | None]]]]
"""By notebook and moment: each fact, as often as it was told."""

_METRICS_PER_CALL, _POINTS_PER_CALL = 500, 100_800


def read_heartbeats(
    cloudwatch: "CloudWatchClient",
    names: Sequence[str],
    now: datetime,
    look_back: timedelta = LOOK_BACK,
) -> dict[str, tuple[Heartbeat, ...]]:
    """Read the metrics of all in bulk, of those that have one all of them.

    Anybody may write them: an impossible value counts as unknown.
    """
    told: _Told = {}
    _read(cloudwatch, names, _FIRST, now, look_back, told)
    _read(cloudwatch, [*told], _OTHERS, now, look_back, told)
    return {
        name: tuple(_beat(min(when + PERIOD, now), of[when]) for when in sorted(of))
        for name, of in told.items()
    }


def _read(
    cloudwatch: "CloudWatchClient",
    names: Sequence[str],
    readings: Mapping[str, tuple[str, str]],
    now: datetime,
    look_back: timedelta,
    told: _Told,
) -> None:
    """Read some statistics: 500 a call or 100,800 points, every page of each."""
    for some in batched(names, notebooks_per_call(look_back, len(readings)), strict=False):
        queries = dict(_queries(some, readings))
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query for query, _, _ in queries.values()],
            StartTime=now - look_back,
            EndTime=now + PERIOD,
            ScanBy="TimestampAscending",
        )
        for row in (row for page in pages for row in elements(page.get("MetricDataResults"))):
            if row.get("Id") in queries:
                _, name, word = queries[row["Id"]]
                _add(row, name, word, told)


def _add(row: Mapping[str, Any], name: str, word: str, told: _Told) -> None:
    """Add the points of one statistic to the facts of a notebook."""
    if row.get("StatusCode") in {"InternalError", "Forbidden"}:
        raise IncompleteDataError(f"CloudWatch tells nothing of {READINGS[word][0]} of {name}")
    for when, value in points(row):
        facts = told.setdefault(name, {}).setdefault(when, {})
        for field, fact in _facts(word, value):
            facts.setdefault(field, []).append(fact)


def notebooks_per_call(look_back: timedelta, readings: int) -> int:
    """Return for how many notebooks one call can read so many statistics, that far back."""
    periods = look_back // PERIOD + 2
    metrics = min(_METRICS_PER_CALL, _POINTS_PER_CALL // periods)
    return max(1, metrics // readings)


def _facts(word: str, value: Any) -> Iterator[tuple[str, float | None]]:
    """Read the facts in a statistic; above or below zero, only those that are there."""
    below = isinstance(value, int | float) and value < 0
    match word:
        case "kernels" if not below:
            kernels = number(value, _MOST["busy_kernels"])
            yield "busy_kernels", kernels // 1 if kernels else kernels
            if terminals := round((kernels or 0) % 1 * 1000):
                yield "working_terminals", float(terminals)
        case "input" if below:
            yield "since_input", number(value + _TEN_YEARS, _TEN_YEARS)
        case "gpu" if below:
            yield "gpu", number(-value, _MOST["gpu"])
        case "cpu" if not below:
            yield "cpu", number(value, _MOST["cpu"])
        case "earlier_gpu":
            yield "gpu", number(value, _MOST["gpu"])
        case "working_terminals" | "since_input":
            yield word, number(value, _MOST[word])
        case _:
            pass  # the sign of the other fact


def points(row: Mapping[str, Any]) -> Iterator[tuple[datetime, object]]:
    """Pair the times of one metric with its values; values without a time are left out."""
    for when, value in zip(
        elements(row.get("Timestamps")), elements(row.get("Values")), strict=False
    ):
        if (at := moment(when)) is not None:
            yield at, value


def _beat(at: datetime, told: Mapping[str, Sequence[float | None]]) -> Heartbeat:
    """Make a heartbeat; if a value is impossible, it can only show work.

    Without `busy_kernels`, a heartbeat cannot show that nothing works.
    """
    known = {field: [v for v in facts if v is not None] for field, facts in told.items()}
    chosen = {f: (min if f == "since_input" else max)(vs) for f, vs in known.items() if vs}
    beat = Heartbeat(at=at, **chosen)
    is_odd = any(None in facts for facts in told.values()) and not beat.busy_kernels
    return replace(beat, busy_kernels=None) if is_odd else beat


def _queries(
    names: Sequence[str], readings: Mapping[str, tuple[str, str]]
) -> "Iterator[tuple[str, tuple[MetricDataQueryTypeDef, str, str]]]":
    for place, name in enumerate(names):
        for word, (metric, statistic) in readings.items():
            query: MetricDataQueryTypeDef = {
                "Id": f"{word}_{place}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": metric,
                        "Dimensions": [{"Name": DIMENSION, "Value": name}],
                    },
                    "Period": int(PERIOD.total_seconds()),
                    "Stat": statistic,
                },
            }
            yield query["Id"], (query, name, word)
