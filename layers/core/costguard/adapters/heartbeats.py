"""Read the heartbeats that notebooks publish as CloudWatch metrics."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

from costguard.common.errors import IncompleteDataError
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

PERIOD = timedelta(minutes=5)

LOOK_BACK = timedelta(hours=13)
"""157 periods of 500 metrics: less than the 100,800 points of one call."""

_PER_CALL = 500 // len(METRICS)  # notebooks


def read_heartbeats(
    cloudwatch: "CloudWatchClient", names: Sequence[str], now: datetime
) -> dict[str, tuple[Heartbeat, ...]]:
    """Read the metrics of all in bulk: 500 a call, every page of each."""
    values: dict[str, dict[datetime, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for some in batched(names, _PER_CALL, strict=False):
        queries = dict(_queries(some))
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query for query, _, _ in queries.values()],
            StartTime=now - LOOK_BACK,
            EndTime=now + PERIOD,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for row in page["MetricDataResults"]:
                _, name, field = queries[row["Id"]]
                if row["StatusCode"] in {"InternalError", "Forbidden"}:
                    raise IncompleteDataError(f"CloudWatch tells nothing of {field} of {name}")
                for when, value in zip(row["Timestamps"], row["Values"], strict=True):
                    values[name][when][field] = value
    return {
        name: tuple(Heartbeat(at=min(when + PERIOD, now), **of[when]) for when in sorted(of))
        for name, of in values.items()
    }


def _queries(
    names: Sequence[str],
) -> "Iterator[tuple[str, tuple[MetricDataQueryTypeDef, str, str]]]":
    for number, name in enumerate(names):
        for metric, (word, statistic) in METRICS.items():
            query: MetricDataQueryTypeDef = {
                "Id": f"{word}_{number}",
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
