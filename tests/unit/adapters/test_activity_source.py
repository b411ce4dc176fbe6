"""What keeps the activity of notebooks from being read is reported: nobody is idle for it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from costguard.adapters.activity_source import NotebookObserver
from costguard.common.errors import IncompleteDataError
from costguard.resources.model import Resource
from tests.factories import at, notebook

NOTEBOOK = notebook(started=at(0))
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")
LATE = ReadTimeoutError(endpoint_url="https://monitoring.us-east-2.amazonaws.com")


class Jobs:
    """An inventory that knows no job that ended."""

    def ended(self, _since: datetime, _now: datetime) -> Iterator[tuple[Resource, datetime]]:
        return iter(())


class NoJobs:
    """An inventory that cannot be read."""

    def ended(self, _since: datetime, _now: datetime) -> Iterator[tuple[Resource, datetime]]:
        raise DENIED


class Metrics:
    """CloudWatch, which refuses, or answers every metric with one status."""

    def __init__(self, error: Exception | None = None, status: str = "Complete") -> None:
        self.error, self.status = error, status

    def get_paginator(self, _operation: str) -> "Metrics":
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        if self.error:
            raise self.error
        empty = {"StatusCode": self.status, "Timestamps": [], "Values": []}
        return [
            {"MetricDataResults": [{"Id": q["Id"], **empty} for q in asked["MetricDataQueries"]]}
        ]


def observer(inventory: Any, metrics: Any) -> NotebookObserver:
    return NotebookObserver(inventory, lambda: metrics, None)


@pytest.mark.parametrize(
    ("inventory", "metrics", "error"),
    [
        (NoJobs(), Metrics(), ClientError),
        (Jobs(), Metrics(DENIED), ClientError),
        (Jobs(), Metrics(LATE), ReadTimeoutError),
        (Jobs(), Metrics(status="Forbidden"), IncompleteDataError),
        (Jobs(), Metrics(status="InternalError"), IncompleteDataError),
    ],
)
def test_what_cannot_be_read_is_an_error_and_no_activity(
    inventory: Any, metrics: Metrics, error: type[Exception]
) -> None:
    observed = observer(inventory, metrics).observe([NOTEBOOK], at(5), None)
    assert [type(each) for each in observed.errors] == [error]
    assert observed.activity == {}


def test_what_was_read_is_activity_and_no_error() -> None:
    observed = observer(Jobs(), Metrics()).observe([NOTEBOOK], at(5), None)
    assert observed.errors == ()
    assert list(observed.activity) == [NOTEBOOK.ref.key]
