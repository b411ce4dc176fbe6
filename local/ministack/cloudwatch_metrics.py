"""CloudWatch metrics that MiniStack does not make: those in EMF log lines, and each invocation's.

A function writes its metrics as log lines in the embedded metric format
(CloudWatch_Embedded_Metric_Format_Specification).
"""

import json
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch, lambda_svc

_run = lambda_svc._execute_function_dispatch
_emit = lambda_svc._emit_lambda_metrics


def install() -> None:
    """Measure every invocation, and read its log."""
    lambda_svc._execute_function_dispatch = _measured
    lambda_svc._emit_lambda_metrics = _throttles_only


def uninstall() -> None:
    """Leave MiniStack as it was."""
    lambda_svc._execute_function_dispatch = _run
    lambda_svc._emit_lambda_metrics = _emit


def _measured(function: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
    result = _run(function, config, event, request_id, started)
    milliseconds = (lambda_svc.time.time() - started) * 1000
    failed = bool(result.get("error"))
    _emit(config["FunctionName"], duration_ms=milliseconds, error=failed, throttle=False)
    for namespace, name, value, unit, dimensions in embedded(str(result.get("log", ""))):
        cloudwatch.record_metric(namespace, name, value, unit, dimensions)
    return result


def _throttles_only(name: str, duration_ms: float, error: bool, throttle: bool) -> None:  # noqa: FBT001 - MiniStack's signature
    """Take MiniStack's place, which counts only some invocations."""
    if throttle:
        _emit(name, duration_ms=duration_ms, error=error, throttle=throttle)


type Metric = tuple[str, str, float, str, dict[str, str]]


def embedded(log: str) -> Iterator[Metric]:
    """Find the metrics in a log: namespace, name, value, unit and dimensions of each."""
    for line in log.splitlines():
        if '"_aws"' not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        for directive in entry["_aws"]["CloudWatchMetrics"]:
            for names in directive.get("Dimensions") or [[]]:
                dimensions = {name: str(entry[name]) for name in names}
                for metric in directive["Metrics"]:
                    unit = metric.get("Unit", "None")
                    values = entry[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        yield directive["Namespace"], metric["Name"], value, unit, dimensions
