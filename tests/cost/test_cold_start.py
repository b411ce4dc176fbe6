"""What `watch` loads before its first event: measured in modules, since seconds would flake."""

import json
import subprocess
import sys
from typing import Any

import pytest

from local import hostwheels, sam
from local.paths import PROJECT
from tests.integration.test_settings import ENVIRONMENT

BUILT = PROJECT / ".aws-sam" / "build"
READY = """
import gc, json, sys
sys.path[:0] = json.loads(sys.argv[1])
import handler
handler.watch_ports()
looks = sum(each["collections"] for each in gc.get_stats()[1:])
print(json.dumps({"modules": sorted(sys.modules), "looks": looks}))
"""
REPORTS = ("costguard.reports", "costguard.app.report", "costguard.costs.bill")
POWERTOOLS = {  # its first line imports the tracer too; that loads no tracing library
    *("logging", "metrics", "tracing", "utilities"),
    *("exceptions", "package_logger", "shared", "warnings"),
}
NOTIFIES = tuple(
    f"costguard.notifications.{name}"
    for name in (
        "batch",
        "composer",
        "digest",
        "dispatcher",
        "message",
        "renderers",
        "sender",
    )
)


@pytest.fixture(scope="module")
def ready() -> dict[str, Any]:
    sam.build()
    layers = [f"{name}Layer/python" for name in ("Core", "Policy", "Slack")]
    path = [hostwheels.path(), *(BUILT / part for part in ("Watch", *layers))]
    done = subprocess.run(  # noqa: S603 - our own code, in a fresh interpreter
        [sys.executable, "-I", "-S", "-B", "-c", READY, json.dumps([str(p) for p in path])],
        env={**ENVIRONMENT, "AWS_DEFAULT_REGION": "us-east-2"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def loaded(ready: dict[str, Any]) -> set[str]:
    return set(ready["modules"])


def test_nothing_that_was_loaded_is_looked_through_for_garbage(ready: dict[str, Any]) -> None:
    assert ready["looks"] == 0


@pytest.mark.parametrize("module", ["boto3", "s3transfer", "multiprocessing", "slack_sdk"])
def test_watch_loads_nothing_that_it_does_not_use(loaded: set[str], module: str) -> None:
    assert not {name for name in loaded if name.split(".")[0] == module}


def test_watch_loads_of_powertools_what_logger_and_metrics_need(loaded: set[str]) -> None:
    theirs = {name for name in loaded if name.startswith("aws_lambda_powertools.")}
    assert {name.split(".")[1] for name in theirs} == POWERTOOLS
    utilities = {name.split(".")[2] for name in theirs if ".utilities." in name}
    assert utilities == {"jmespath_utils"}
    assert not {name.split(".")[0] for name in loaded} & {"aws_xray_sdk", "pydantic"}


def test_watch_loads_nothing_of_the_reports_and_letters(loaded: set[str]) -> None:
    ours = {name for name in loaded if name.startswith("costguard.")}
    assert ours
    assert not {name for name in ours if name.startswith(REPORTS + NOTIFIES)}


def test_watch_loads_the_clients_it_uses_and_no_other(loaded: set[str]) -> None:
    used = {"dynamodb.cases", "sagemaker.inventory"}
    assert {f"costguard.adapters.{name}" for name in used} <= loaded
    others = {"cost_explorer", "jupyter", "ses", "s3", "price_list", "slack", "secrets"}
    assert not {f"costguard.adapters.{name}" for name in others} & loaded
    assert "costguard.bootstrap.notifier" not in loaded
