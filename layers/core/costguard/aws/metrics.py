"""Metrics as log lines in CloudWatch's embedded format: no call, no grant, no wait."""

import json
import sys
import time
from collections.abc import Mapping

NAMESPACE = "Costguard"


def count(stack: str, function: str, numbers: Mapping[str, int]) -> None:
    """Print one embedded-metric line, as of now; dimensions are the stack and the function."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Stack", "Function"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in numbers],
    }
    moment = int(time.time() * 1000)
    line = {
        "_aws": {"Timestamp": moment, "CloudWatchMetrics": [directive]},
        "Stack": stack,
        "Function": function,
        **numbers,
    }
    sys.stdout.write(json.dumps(line) + "\n")
