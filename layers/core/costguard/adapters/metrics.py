"""Metrics as log lines in CloudWatch's embedded format: no call, no grant, no wait."""

import json
import os
import sys
from collections.abc import Callable, Container, Mapping
from functools import wraps
from threading import Lock

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from costguard.adapters.clients import retries
from costguard.common.pings import is_pinged

NAMESPACE = "Costguard"
HEARTBEAT = "Heartbeat"
WATCHED = {
    "AdminsNotReached",
    "NoticesNotOurs",
    "OldestStopSeconds",
    "OldestUntakenNoticeSeconds",
    "ProbesRefused",
    "RecipientsUnreached",
    "ResourcesEvaluated",
    "Retries",
    "SummariesSent",
    "UnpricedResources",
}
"""What alarms use. Of the rest Lambda's own metrics, which are free, and the log say enough."""
_ALWAYS = {"ResourcesEvaluated"}
_metrics = EphemeralMetrics(namespace=NAMESPACE)  # creating it takes a third of a line's time
_one_line = Lock()


def emit_metrics(
    stack: str, function: str, numbers: Mapping[str, int], *, awaited: Container[str] = ()
) -> None:
    """Print one embedded-metric line, as of now; dimensions are the stack and the function.

    A name that ends in `Seconds` is a time, any other a count. A metric costs money in each hour in
    which it is published, so only what an alarm or a dashboard uses is, or is `awaited`. Zeros are
    not, except for `ResourcesEvaluated`, whose alarm needs a value. All other numbers are logged.
    """
    measured = {name for name, number in numbers.items() if number or name in _ALWAYS}
    if not measured:
        return
    if os.environ.get("METRICS") != "all":  # without a dashboard
        measured = {name for name in measured if name in WATCHED or name in awaited}
    if not measured:
        line = {"Stack": stack, "Function": function, **numbers}
        sys.stdout.write(f"{json.dumps(line)}\n")
        return
    with _one_line:
        _metrics.clear_metrics()  # of a line that failed
        _metrics.add_dimension("Stack", stack)
        _metrics.add_dimension("Function", function)
        for name, number in numbers.items():
            if name in measured:
                _metrics.add_metric(name, _unit(name), number)
            else:
                _metrics.add_metadata(name, number)
        _metrics.flush_metrics()


def here(numbers: Mapping[str, int], *, awaited: Container[str] = ()) -> None:
    """Count for the running function, whatever its settings: counting never raises an error."""
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown")
    emit_metrics(os.environ.get("STACK", "unknown"), name, numbers, awaited=awaited)


def alive[E, A](handler: Callable[[E, object], A]) -> Callable[[E, object], A]:
    """Count a `Heartbeat` at the end of every invocation that succeeds; a ping's is awaited.

    `Retries` counts the repeated calls of the function since the last heartbeat.
    """

    @wraps(handler)
    def beating(event: E, context: object) -> A:
        answer = handler(event, context)
        awaited = {HEARTBEAT} if is_pinged(event) else set[str]()
        here({HEARTBEAT: 1, "Retries": retries()}, awaited=awaited)
        return answer

    return beating


def _unit(name: str) -> MetricUnit:
    return MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
