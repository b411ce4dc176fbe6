"""Two sweeps of many accounts and Regions; AWS is answered and counted here, below the SDK.

Each request waits as AWS would. What the answers cost of the processor is taken off.
"""

import io
import json
import os
import re
import sys
import time
from collections import Counter
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

sys.path[:0] = json.loads(os.environ["BENCH_PATH"])
import runtime
from answers import PUBLISHED, TAGS, Body
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from table import Ledger, Refused

HOME = "123456789012"
SIGNED = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/")
OWNERS = 50
WRONG = 20  # one in so many has no tags, and one a bad name
ANSWERED = """<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>{1}</{0}Result>
</{0}Response>"""
CREDENTIALS = """<Credentials><AccessKeyId>ASIA{}</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"""
ATTRIBUTES = """<Attributes><entry><key>SubscriptionsConfirmed</key><value>1</value></entry>
</Attributes>"""


class Place:
    """The resources of one account in one Region, as lists, pages of tags, and by name."""

    def __init__(self, account: str, region: str, notebooks: int, jobs: int, first: int) -> None:
        base = f"arn:aws:sagemaker:{region}:{account}:"
        self.notebooks = [self._notebook(base, first + each) for each in range(notebooks)]
        self.jobs = [self._job(base, first + each) for each in range(jobs)]
        wrong = {r["NotebookInstanceArn"] for r in self.notebooks[::WRONG]}  # they have no tags
        arns = [r["NotebookInstanceArn"] for r in self.notebooks]
        arns += [r["TrainingJobArn"] for r in self.jobs]
        tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
        self.tagged = {arn: [] if arn in wrong else tags for arn in arns}
        self.by_name = {each["TrainingJobName"]: each for each in self.jobs}
        self.by_name |= {each["NotebookInstanceName"]: each for each in self.notebooks}

    @staticmethod
    def _notebook(base: str, count: int) -> dict[str, Any]:
        owner = f"Doe{chr(65 + count % OWNERS // 10)}{chr(97 + count % 10)}John"
        misnamed = count % WRONG == WRONG // 2
        name = f"test-{count}" if misnamed else f"{owner}-Explore{count}"
        return {
            "NotebookInstanceName": name,
            "NotebookInstanceArn": f"{base}notebook-instance/{name.lower()}",
            "NotebookInstanceStatus": "InService",
            "InstanceType": "ml.t3.medium",
            "RoleArn": f"arn:aws:iam::{HOME}:role/workshop",
            "VolumeSizeInGB": 5,
            "CreationTime": 1795442280.0,
            "LastModifiedTime": 1795442460.0,
        }

    @staticmethod
    def _job(base: str, count: int) -> dict[str, Any]:
        name = f"DoeAaJohn-Train{count}"
        return {
            "TrainingJobName": name,
            "TrainingJobArn": f"{base}training-job/{name.lower()}",
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Training",
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "CreationTime": 1795442280.0,
            "TrainingStartTime": 1795442290.0,
            "LastModifiedTime": 1795442460.0,
        }

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer one call of SageMaker or of the tagging API."""
        if operation == "ListNotebookInstances":
            return _page("NotebookInstances", self.notebooks, asked)
        if operation == "ListTrainingJobs" and asked.get("StatusEquals") == "InProgress":
            return _page("TrainingJobSummaries", self.jobs, asked)
        if operation == "GetResources":
            return self._tags(asked)
        if operation == "ListTags":
            return {"Tags": self.tagged[asked["ResourceArn"]]}
        described = operation.startswith("Describe")
        return self.by_name[next(iter(asked.values()))] if described else {}  # an empty list

    def _tags(self, asked: dict[str, Any]) -> dict[str, Any]:
        kinds = {each.removeprefix("sagemaker:") for each in asked["ResourceTypeFilters"]}
        rows = [
            {"ResourceARN": arn, "Tags": tags}
            for arn, tags in self.tagged.items()
            if tags and arn.split(":")[5].partition("/")[0] in kinds
        ]
        page = _page("ResourceTagMappingList", rows, {"NextToken": asked.get("PaginationToken")})
        return {**page, "PaginationToken": page.pop("NextToken", "")}


def _page(member: str, rows: list[Any], asked: dict[str, Any]) -> dict[str, Any]:
    first = int(asked.get("NextToken") or 0)
    last = first + 100
    more = {"NextToken": str(last)} if last < len(rows) else {}
    return {member: rows[first:last], **more}


class Aws:
    """All of it, counted."""

    def __init__(self, places: dict[tuple[str, str], Place], wait: float) -> None:
        self.places, self.wait = places, wait
        self.ledger, self.lock = Ledger(), Lock()
        self.begin()

    def begin(self) -> None:
        """Count from zero."""
        self.asked: Counter[str] = Counter()
        self.worked = 0.0
        self.ledger.reads = self.ledger.writes = 0.0

    def send(self, request: Any) -> AWSResponse:
        """Answer one request, after a while."""
        began = time.thread_time()
        with self.lock:
            status, content = self._answer(request)
        took = time.thread_time() - began
        with self.lock:
            self.worked += took
        time.sleep(self.wait)
        return AWSResponse(request.url, status, HTTPHeaders(), Body(content))

    def _answer(self, request: Any) -> tuple[int, bytes]:
        signed = SIGNED.search(_text(request.headers["Authorization"]))
        if signed is None:
            raise LookupError(request.url)
        key, region, service = signed.groups()
        target = _text(request.headers.get("X-Amz-Target", b"")).rpartition(".")[2]
        body = _text(request.body)
        form = {} if target else {name: value[0] for name, value in parse_qs(body).items()}
        operation = target or form["Action"]
        self.asked[f"{service}:{operation}"] += 1
        if operation == "AssumeRole":
            account = ROLE.match(form["RoleArn"])
            told = CREDENTIALS.format(account[1] if account else "")
            return 200, ANSWERED.format(operation, told).encode()
        if operation == "GetTopicAttributes":
            return 200, ANSWERED.format(operation, ATTRIBUTES).encode()
        if operation.startswith("Publish"):
            return 200, PUBLISHED.replace(b"Publish", operation.encode())
        if service == "dynamodb":
            try:
                return 200, self.ledger.answer(operation, json.loads(body))
            except Refused as refused:
                return 400, json.dumps({"__type": str(refused)}).encode()
        account = key[4:] if key.startswith("ASIA") else HOME
        told = self.places[account, region].answer(operation, json.loads(body))
        return 200, json.dumps(told).encode()


def _text(told: Any) -> str:
    return told.decode() if isinstance(told, bytes) else str(told)


def main() -> None:
    """Sweep twice; print what each took."""
    moments, of, wait = json.loads(sys.argv[1]), json.loads(sys.argv[2]), float(sys.argv[3])
    places = {(p[0], p[1]): Place(*p, *of, n * sum(of)) for n, p in enumerate(_named())}
    aws = Aws(places, wait)
    URLLib3Session.send = lambda _, request: aws.send(request)
    printed = io.StringIO()
    runtime.start(printed)
    import handler

    told = []
    for moment in moments:
        aws.begin()
        start, busy, said = time.perf_counter(), time.process_time(), printed.tell()
        os.environ["BENCH_NOW"] = moment
        runtime.follow(handler)
        answer = handler.lambda_handler({"time": moment}, runtime.Context())
        told.append(
            {
                "seconds": time.perf_counter() - start,
                "processor": time.process_time() - busy - aws.worked,
                "answering": aws.worked,
                "calls": dict(sorted(aws.asked.items())),
                "reads": aws.ledger.reads,
                "writes": aws.ledger.writes,
                "printed": printed.tell() - said,
                "said": answer,
            }
        )
    runtime.say(told)


def _named() -> list[tuple[str, str]]:
    others = [each.split("/") for each in os.environ["SPOKES"].split(",") if each]
    return [(HOME, os.environ["AWS_DEFAULT_REGION"]), *((a, r) for a, r in others)]


main()
