"""What AWS measures of the use of a resource: the metrics, and what was read of them."""

from datetime import datetime

from msgspec import Struct


class UseMetric(Struct, frozen=True, kw_only=True):
    """A metric of CloudWatch that only AWS can write, above zero while something is used.

    AWS publishes a zero for an interval without use, or nothing at all.
    """

    namespace: str = "AWS/SageMaker"
    name: str
    statistic: str = "Sum"
    dimensions: tuple[tuple[str, str], ...]


class MeasuredUse(Struct, frozen=True, kw_only=True):
    """What the metrics of one resource said: since when they were read, and the last use."""

    since: datetime
    last: datetime | None = None
