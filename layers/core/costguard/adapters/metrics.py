"""Metrics as log lines in CloudWatch's embedded format: no call, no grant, no wait."""

import os
from collections.abc import Callable, Mapping
from functools import wraps
from threading import Lock

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from costguard.adapters.clients import retries

NAMESPACE = "Costguard"
_ALWAYS = {"ResourcesEvaluated"}
_metrics = EphemeralMetrics(namespace=NAMESPACE)  # creating it takes a third of a line's time
_one_line = Lock()


def emit_metrics(stack: str, function: str, numbers: Mapping[str, int]) -> None:
    """Print one embedded-metric line, as of now; dimensions are the stack and the function.

    A name that ends in `Seconds` is a time, any other a count. A metric costs money in each hour in
    which it is published, so zeros are not published as metrics. The exception is
    `ResourcesEvaluated`, because its alarm needs a value.
    """
    measured = {name for name, number in numbers.items() if number or name in _ALWAYS}
    if not measured:
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


def here(numbers: Mapping[str, int]) -> None:
    """Count for the running function, whatever its settings: counting never raises an error."""
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown")
    emit_metrics(os.environ.get("STACK", "unknown"), name, numbers)


def alive[E, A](handler: Callable[[E, object], A]) -> Callable[[E, object], A]:
    """Count a `Heartbeat` at the end of every invocation that succeeds.

    `Retries` counts the repeated calls of the function since the last heartbeat.
    """

    @wraps(handler)
    def beating(event: E, context: object) -> A:
        answer = handler(event, context)
        here({"Heartbeat": 1, "Retries": retries()})
        return answer

    return beating


def _unit(name: str) -> MetricUnit:
    return MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
