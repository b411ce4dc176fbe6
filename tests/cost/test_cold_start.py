"""What `watch` and the public door load at first: in modules, and in seconds of the processor."""

import json
import subprocess
import sys
from copy import replace
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from costguard.common.codec import encode
from costguard.enforcement.case import Finding, FindingState, encode_case, open_case
from costguard.notifications.links import Link
from local import hostwheels, sam
from local.paths import PROJECT
from tests.factories import at, notebook
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
FIRST_PAGE = """
import json, sys, time
sys.path[:0] = json.loads(sys.argv[1])
import handler
from botocore.awsrequest import AWSResponse
from costguard.adapters import clients

class Raw:
    def __init__(self, body): self.body = body
    def stream(self, *_, **__): yield self.body

def answer(request, **_):
    target = request.headers.get("X-Amz-Target", b"").decode().partition(".")[2]
    body = json.loads(sys.argv[2]).get(target, {})
    if target == "GetItem":
        key = json.loads(request.body)["Key"]
        row = body.get(key["pk"]["S"])
        body = {"Item": row | key} if row else {}
    return AWSResponse(request.url, 200, {}, Raw(json.dumps(body).encode()))

clients.session().register("before-send", answer)
http = {"method": "GET", "path": "/" + "a" * 32}
event = {"rawPath": http["path"], "headers": {}, "requestContext": {"http": http}}
page = handler.lambda_handler(event, type("Context", (), json.loads(sys.argv[3]))())
print(json.dumps({"seconds": time.process_time(), "page": page["body"]}))
"""
MOST = 1.5  # seconds of a processor
KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "NOTIFY_QUEUE_URL": "https://sqs.us-east-2.amazonaws.com/123456789012/notify",
}
CONTEXT = {
    "function_name": "door",
    "memory_limit_in_mb": 512,
    "invoked_function_arn": "arn:aws:lambda:us-east-2:123456789012:function:door",
    "aws_request_id": "one",
}
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


def fresh(function: str, program: str, *given: object, first: Path = BUILT) -> dict[str, Any]:
    """Run a program in a fresh interpreter, with a function and the layers as they are built."""
    sam.build()
    layers = [f"{name}Layer/python" for name in ("Core", "Policy", "Slack")]
    path = [first, hostwheels.path(), *(BUILT / part for part in (function, *layers))]
    arguments = map(json.dumps, ([str(p) for p in path], *given))
    done = subprocess.run(  # noqa: S603 - our own code, in a fresh interpreter
        [sys.executable, "-I", "-S", "-B", "-c", program, *arguments],
        env={**ENVIRONMENT, **KEYS, "AWS_DEFAULT_REGION": "us-east-2"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def ready() -> dict[str, Any]:
    return fresh("Watch", READY)


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


def test_a_stack_without_spokes_loads_nothing_of_them(loaded: set[str]) -> None:
    ours = (
        "bootstrap.spokes",
        "adapters.places",
        "adapters.places_inventory",
        "adapters.spoke_clients",
    )
    assert not {f"costguard.{name}" for name in ours} & loaded


def test_the_door_shows_its_first_page_within_a_second_and_a_half_of_a_processor(
    tmp_path: Path,
) -> None:
    (tmp_path / "costguard_policy").mkdir()
    copy(PROJECT / "tests" / "local" / "guard.toml", tmp_path / "costguard_policy" / "policy.toml")
    resource = notebook("DoeJohn-A", tags={})
    finding = Finding(state=FindingState.WARNED, since=at(0), reason="no tags", remedy="add them")
    case = replace(open_case(resource, 1), findings={"missing-tags": finding})
    link = Link(
        to="johndoe",
        until=at(0).replace(year=2100),
        kind=case.kind,
        name=case.name,
        rules=("missing-tags",),
        at=at(1),
    )
    rows = {"link": {"link": {"S": encode(link)}}, "case": {"case": {"S": encode_case(case)}}}
    described = {
        "NotebookInstanceName": case.name,
        "NotebookInstanceArn": resource.arn,
        "NotebookInstanceStatus": "InService",
        "InstanceType": "ml.t3.medium",
    }
    answers = {
        "GetItem": rows,
        "BatchGetItem": {"Responses": {}},
        "Query": {"Items": []},
        "DescribeNotebookInstance": described,
        "ListTags": {"Tags": []},
    }
    found = fresh("Door", FIRST_PAGE, answers, CONTEXT, first=tmp_path)
    assert found["seconds"] <= MOST
    assert f"<h1>{case.name}</h1>" in found["page"]
