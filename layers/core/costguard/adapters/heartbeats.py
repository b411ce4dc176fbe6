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

METRICS = {
    "BusyKernels": ("busy_kernels", "Maximum"),
    "WorkingTerminals": ("working_terminals", "Maximum"),
    "CpuPercent": ("cpu", "Maximum"),
    "GpuPercent": ("gpu", "Maximum"),
    "SecondsSinceInput": ("since_input", "Minimum"),
}

_MOST = {
    "busy_kernels": 10_000,
    "working_terminals": 10_000,
    "cpu": 100_000,
    "gpu": 1_000,  # percent: of a core, of a GPU
    "since_input": 10 * 365 * 86_400,
}
"""More than this no notebook reports."""

PERIOD = timedelta(minutes=5)

LOOK_BACK = timedelta(hours=13)
"""Where nobody says otherwise."""

_METRICS_PER_CALL, _POINTS_PER_CALL = 500, 100_800


def read_heartbeats(
    cloudwatch: "CloudWatchClient",
    names: Sequence[str],
    now: datetime,
    look_back: timedelta = LOOK_BACK,
) -> dict[str, tuple[Heartbeat, ...]]:
    """Read the metrics of all in bulk: 500 a call or 100,800 points, every page of each.

    Anybody may write them: an impossible value counts as unknown.
    """
    values: dict[str, dict[datetime, dict[str, float | None]]] = {}
    for some in batched(names, notebooks_per_call(look_back), strict=False):
        queries = dict(_queries(some))
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query for query, _, _ in queries.values()],
            StartTime=now - look_back,
            EndTime=now + PERIOD,
            ScanBy="TimestampAscending",
        )
        for row in (row for page in pages for row in elements(page.get("MetricDataResults"))):
            if row.get("Id") in queries:
                _, name, field = queries[row["Id"]]
                _add(row, name, field, values)
    return {
        name: tuple(_beat(min(when + PERIOD, now), of[when]) for when in sorted(of))
        for name, of in values.items()
    }


def _add(
    row: Mapping[str, Any],
    name: str,
    field: str,
    values: dict[str, dict[datetime, dict[str, float | None]]],
) -> None:
    """Add the points of one metric to the facts of a notebook."""
    if row.get("StatusCode") in {"InternalError", "Forbidden"}:
        raise IncompleteDataError(f"CloudWatch tells nothing of {field} of {name}")
    for when, value in points(row):
        values.setdefault(name, {}).setdefault(when, {})[field] = number(value, _MOST[field])


def notebooks_per_call(look_back: timedelta) -> int:
    """Return for how many notebooks one call can read all metrics, that far back."""
    periods = look_back // PERIOD + 2
    metrics = min(_METRICS_PER_CALL, _POINTS_PER_CALL // periods)
    return max(1, metrics // len(METRICS))


def points(row: Mapping[str, Any]) -> Iterator[tuple[datetime, object]]:
    """Pair the times of one metric with its values; values without a time are left out."""
    for when, value in zip(
        elements(row.get("Timestamps")), elements(row.get("Values")), strict=False
    ):
        if (at := moment(when)) is not None:
            yield at, value


def _beat(at: datetime, told: Mapping[str, float | None]) -> Heartbeat:
    """Make a heartbeat; if a value is impossible, it can only show work.

    Without `busy_kernels`, a heartbeat cannot show that nothing works.
    """
    beat = Heartbeat(at=at, **told)
    is_odd = None in told.values() and not beat.busy_kernels
    return replace(beat, busy_kernels=None) if is_odd else beat


def _queries(
    names: Sequence[str],
) -> "Iterator[tuple[str, tuple[MetricDataQueryTypeDef, str, str]]]":
    for place, name in enumerate(names):
        for metric, (word, statistic) in METRICS.items():
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
