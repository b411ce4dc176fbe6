"""Read the metrics of CloudWatch that show whether something is used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.heartbeats import points
from costguard.common.errors import IncompleteDataError
from costguard.common.observed import elements, number
from costguard.resources.model import Resource
from costguard.resources.use import MeasuredUse, UseMetric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

PERIOD = timedelta(hours=1)
_METRICS_PER_CALL, _POINTS_PER_CALL = 500, 100_800
_MOST = 10**12  # requests in an hour


class CloudWatchUse(Struct, frozen=True):
    """Reads with the client that it is given, made when first needed."""

    cloudwatch: "Callable[[], CloudWatchClient]"

    def measure(
        self, resources: Sequence[Resource], since: datetime, now: datetime
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        """Read all metrics of all in bulk; of one whose metric is not told nothing is known."""
        lasts: dict[str, datetime | None] = {each.ref.key: None for each in resources}
        untold = dict[str, Exception]()
        asked = [(each.ref.key, metric) for each in resources for metric in each.use]
        most = min(_METRICS_PER_CALL, _POINTS_PER_CALL // ((now - since) // PERIOD + 2))
        try:
            for some in batched(asked, max(1, most), strict=False):
                for key, used, told in self._read(some, since, now):
                    if not told:
                        untold[key] = IncompleteDataError(f"CloudWatch tells no use of {key}")
                    elif used:
                        lasts[key] = max(used, lasts[key] or used)
        except AWS_ERRORS as error:
            return {}, (error,)
        known = {
            key: MeasuredUse(since=since, last=last)
            for key, last in lasts.items()
            if key not in untold
        }
        return known, tuple(untold.values())

    def _read(
        self, asked: Sequence[tuple[str, UseMetric]], since: datetime, now: datetime
    ) -> Iterator[tuple[str, datetime | None, bool]]:
        """Answer of each metric when it was last above zero, and whether it was told at all."""
        pages = (
            self.cloudwatch()
            .get_paginator("get_metric_data")
            .paginate(
                MetricDataQueries=[_query(f"m{i}", each) for i, (_, each) in enumerate(asked)],
                StartTime=since,
                EndTime=now,
            )
        )
        keys = {f"m{i}": key for i, (key, _) in enumerate(asked)}
        for row in (row for page in pages for row in elements(page.get("MetricDataResults"))):
            if (key := keys.get(row.get("Id", ""))) is None:
                continue
            used = [at for at, value in points(row) if number(value, _MOST) != 0]
            told = row.get("StatusCode") not in {"InternalError", "Forbidden"}
            yield key, min(max(used) + PERIOD, now) if used else None, told


def _query(name: str, metric: UseMetric) -> "MetricDataQueryTypeDef":
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": k, "Value": v} for k, v in metric.dimensions],
            },
            "Period": int(PERIOD.total_seconds()),
            "Stat": metric.statistic,
        },
    }
