"""The report at the size of a large account: its own process, real clients, 90 days of usage."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from copy import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from costguard.common.codec import encode
from costguard.costs.fetched_prices import FetchedPrices
from costguard.costs.prices import GB_MONTH, Price, Prices
from costguard.costs.usage import Usage
from costguard.enforcement.case import FindingState, open_case
from costguard.ownership.directory import CostLabels
from costguard.resources.model import InstanceGroup
from tests.factories import mark, notebook

PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
DAYS, RESOURCES, PAGE = 90, 5_000, 1_400  # about a megabyte, DynamoDB's page
HOUR, RATE = timedelta(hours=1), Decimal("0.05")
CHILD = """
import json, time
from handler import lambda_handler
answer = lambda_handler({"time": "2026-11-23T13:00:00Z", "period": "week"}, None)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
megabytes = int(status["VmHWM"].split()[0]) // 1024  # the peak since exec
print(json.dumps({**answer, "megabytes": megabytes, "seconds": time.process_time()}))
"""


def ran(name: int, start: datetime, end: datetime | None) -> dict[str, Any]:
    """A notebook's run, as the ledger keeps it."""
    usage = Usage(
        kind="notebook-instance",
        name=f"LastnameFirstname-Exploring{name}",
        component="notebook",
        region="us-east-2",
        groups=(InstanceGroup("ml.t3.medium", 1),),
        start=start,
        end=end,
        labels=CostLabels(
            owner=f"Ada {name % 900}", project=f"project {name % 60}", purpose="play"
        ),
    )
    return {"usage": {"S": encode(usage)}}


def closed(month: str) -> Iterator[dict[str, Any]]:
    """Four hours of every resource on each of the last 90 days."""
    for day in range(1, DAYS + 1):
        start = NOW - timedelta(days=day)
        if f"{start:%Y-%m}" == month:
            yield from (ran(n, start, start + 4 * HOUR) for n in range(RESOURCES))


def rows(key: str) -> Iterator[dict[str, Any]]:
    """What the table holds under a key."""
    if key == "usage":
        yield from (ran(n, NOW - HOUR, None) for n in range(RESOURCES))
    elif key == "case":
        for n in range(RESOURCES):
            marks = {"missing-tags": mark(FindingState.WARNED, deadline=NOW)}
            case = replace(open_case(notebook(f"n{n}")), findings=marks)
            yield {"case": {"S": encode(case)}}
    elif key.startswith("usage#"):
        yield from closed(key.removeprefix("usage#"))


class Aws(BaseHTTPRequestHandler):
    """Answers DynamoDB, S3 and SNS; refuses Cost Explorer and the Price List."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar = Counter[str]()
    told: ClassVar = list[str]()
    open: ClassVar = dict[str, Iterator[dict[str, Any]]]()
    prices = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        operation = self.headers.get("X-Amz-Target", "sns.Publish").rpartition(".")[2]
        self.asked[operation] += 1
        if operation == "Query":
            self._say(200, self._page(json.loads(body)))
        elif operation == "GetItem" and json.loads(body)["Key"]["pk"]["S"] == "note":
            self._say(200, {})
        elif operation == "Publish":
            self.told.append(body)
            self._send(200, b"<PublishResponse><PublishResult/></PublishResponse>")
        else:
            self._say(400, {"__type": "AccessDeniedException", "message": "not here"})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(200, b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The next page of a query; the last one has no key to go on from."""
        key = asked["ExpressionAttributeValues"][":pk"]["S"]
        if key == "money":
            return {"Items": [{"sk": {"S": "prices"}, "text": {"S": self.prices}}]}
        if "ExclusiveStartKey" not in asked:
            self.open[key] = rows(key)
        items = list(islice(self.open[key], PAGE))
        last = {"pk": {"S": key}, "sk": {"S": str(self.asked.total())}}
        more = {"LastEvaluatedKey": last} if len(items) == PAGE else {}
        return {"Items": items, "Count": len(items)} | more

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        self._send(status, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    rates = {"notebook": "ml.t3.medium", "notebook-volume": GB_MONTH}
    table = {("us-east-2", c, t): Price(RATE, "", "") for c, t in rates.items()}
    Aws.prices = encode(FetchedPrices.of(Prices(table, NOW)))
    with ThreadingHTTPServer(("127.0.0.1", 0), Aws) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def answer(aws: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the function in a process of its own."""
    policy = tmp_path_factory.mktemp("policy")
    (policy / "costguard_policy").mkdir()
    (policy / "costguard_policy" / "policy.toml").write_text('timezone = "America/Chicago"\n')
    path = (PROJECT / "layers" / "core", PROJECT / "functions" / "report", policy)
    topic = "arn:aws:sns:us-east-2:123456789012:"
    environment = {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "AWS_ENDPOINT_URL": aws,
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_LAMBDA_FUNCTION_NAME": "report",
        "STACK": "costguard",
        "MODE": "observe",
        "SWEEP_EVERY": "rate(5 minutes)",
        "LEDGER_TABLE": "ledger",
        "ALERTS_TOPIC_ARN": f"{topic}alerts",
        "SUMMARY_TOPIC_ARN": f"{topic}summary",
        "STOP_QUEUE_URL": f"{aws}/stops",
        "REPORT_BUCKET": "reports",
        "TIMEZONE": "America/Chicago",
    }
    run = subprocess.run(  # noqa: S603 - our own function
        [sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_a_large_account_is_summed_up_to_the_cent(answer: dict[str, Any]) -> None:
    assert Decimal(answer["usd"]) == RESOURCES * 7 * 4 * RATE


def test_it_fits_the_function_and_its_time(answer: dict[str, Any]) -> None:
    assert answer["megabytes"] < 256
    assert answer["seconds"] < 20


def test_the_table_is_only_queried_and_the_message_is_short(answer: dict[str, Any]) -> None:
    assert answer["period"] == "week"
    of_billing = {"GetCostAndUsage", "DescribeBudgets", "GetCredits"}
    assert Aws.asked.keys() == {"Query", "GetItem", "Publish"} | of_billing
    assert Aws.asked["Query"] < 200
    (said,) = Aws.told
    assert len(said) < 20_000
