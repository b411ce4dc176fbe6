"""Metrics as log lines in CloudWatch's embedded format: no call, no grant, no wait."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import wraps

from costguard.adapters.clients import retries

NAMESPACE = "Costguard"
_ALWAYS = {"Looked"}


def emit_metrics(stack: str, function: str, numbers: Mapping[str, int]) -> None:
    """Print one embedded-metric line, as of now; dimensions are the stack and the function.

    A name that ends in `Seconds` is a time, any other a count. A metric costs money in each hour
    that it is published: nothing is logged as a number, and is no metric, but for `Looked`, whose
    alarm waits for it.
    """
    measured = [name for name, number in numbers.items() if number or name in _ALWAYS]
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Stack", "Function"]],
        "Metrics": [{"Name": name, "Unit": _unit(name)} for name in measured],
    }
    moment = int(time.time() * 1000)
    line = {
        "_aws": {"Timestamp": moment, "CloudWatchMetrics": [directive]},
        "Stack": stack,
        "Function": function,
        **numbers,
    }
    sys.stdout.write(json.dumps(line) + "\n")


def here(numbers: Mapping[str, int]) -> None:
    """Count for the function that runs, whatever its settings: counting fails nothing."""
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown")
    emit_metrics(os.environ.get("STACK", "unknown"), name, numbers)


def alive[E, A](handler: Callable[[E, object], A]) -> Callable[[E, object], A]:
    """Count a `Heartbeat` at the end of every invocation that succeeds.

    `Retries` is how often AWS made the function's own calls wait, since the last heartbeat.
    """

    @wraps(handler)
    def beating(event: E, context: object) -> A:
        answer = handler(event, context)
        here({"Heartbeat": 1, "Retries": retries()})
        return answer

    return beating


def _unit(name: str) -> str:
    return "Seconds" if name.endswith("Seconds") else "Count"
