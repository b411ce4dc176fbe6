"""CloudWatch metrics that MiniStack does not make: those in EMF log lines, and each invocation's.

A function writes its metrics as log lines in the embedded metric format
(CloudWatch_Embedded_Metric_Format_Specification).
"""

import json
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch, lambda_svc

from local.ministack.roles import may

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
    if not _may_log(config):
        return result
    for namespace, name, value, unit, dimensions in embedded(str(result.get("log", ""))):
        cloudwatch.record_metric(namespace, name, value, unit, dimensions)
    return result


def _may_log(config: Any) -> bool:
    """Whether Lambda may write the log in the function's role: without it nobody reads metrics."""
    group = (
        config.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    )
    place = ":".join(config["FunctionArn"].split(":")[3:5])
    stream = f"arn:aws:logs:{place}:log-group:{group}:log-stream:one"
    return may(config["Role"], "lambda", "logs:PutLogEvents", stream)


def _throttles_only(name: str, duration_ms: float, error: bool, throttle: bool) -> None:  # noqa: FBT001 - MiniStack's signature
    """Take MiniStack's place, which counts only some invocations."""
    if throttle:
        _emit(name, duration_ms=duration_ms, error=error, throttle=throttle)


type Metric = tuple[str, str, float, str, dict[str, str]]


def embedded(log: str) -> Iterator[Metric]:
    """Find the metrics in a log: namespace, name, value, unit and dimensions of each.

    A line counts if it is a JSON object whose root has the `_aws` metadata. A target is a member of
    the root: a number or an array of numbers, or a dimension's text; a metric or a dimension set
    without its target is left out.
    """
    for line in log.splitlines():
        if '"_aws"' not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("_aws"), dict):
            for directive in entry["_aws"].get("CloudWatchMetrics", ()):
                yield from _of_directive(entry, directive)


def _of_directive(entry: dict[str, Any], directive: dict[str, Any]) -> Iterator[Metric]:
    namespace = directive["Namespace"]
    for names in directive.get("Dimensions") or [[]]:
        if not all(isinstance(entry.get(name), str) for name in names):
            continue
        dimensions = {name: entry[name] for name in names}
        for metric in directive.get("Metrics", ()):
            values = entry.get(metric["Name"])
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, int | float) and not isinstance(value, bool):
                    unit = metric.get("Unit", "None")
                    yield namespace, metric["Name"], value, unit, dimensions
