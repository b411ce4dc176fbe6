"""AWS answered in this process, below the SDK: what is measured is everything but the network."""

import json
import re
import time
from collections import Counter
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

NOW = round(time.time())
NAME = "DoeJohn-ExploreSageMaker"
ARN = "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/doejohn-exploresagemaker"
NOTEBOOK = {
    "NotebookInstanceName": NAME,
    "NotebookInstanceArn": ARN,
    "NotebookInstanceStatus": "InService",
    "InstanceType": "ml.t3.medium",
    "RoleArn": "arn:aws:iam::123456789012:role/workshop-execution",
    "VolumeSizeInGB": 5,
    "CreationTime": NOW - 600,  # an older one would be too old for the policy, and not obey
    "LastModifiedTime": NOW - 420,
}
TAGS = {
    "Project": "sinkorswim",
    "Name": "John Doe",
    "Purpose": "explore SageMaker",
    "ModelSize": "small",
}
ANSWERS: dict[str, Any] = {
    "DescribeNotebookInstance": NOTEBOOK,
    "ListNotebookInstances": {"NotebookInstances": [NOTEBOOK]},
    "ListTags": {"Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]},
    "SendMessage": {"MessageId": "1", "MD5OfMessageBody": ""},
}
PUBLISHED = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>1</MessageId></PublishResult></PublishResponse>"
)
IDENTITY = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    b"<GetCallerIdentityResult><Account>123456789012</Account><Arn>a</Arn><UserId>u</UserId>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


ROWS: dict[tuple[str, str], Any] = {}
ASKED: Counter[str] = Counter()


def put(asked: Any) -> Any:
    """Keep a row."""
    row = asked["Item"]
    ROWS[row["pk"]["S"], row["sk"]["S"]] = row
    return {}


def get(asked: Any) -> Any:
    """Find a row."""
    row = ROWS.get((asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"]))
    return {"Item": row} if row else {}


def get_each(asked: Any) -> Any:
    """Find several rows."""
    tables = asked["RequestItems"].items()
    found = {name: [get({"Key": key}).get("Item") for key in of["Keys"]] for name, of in tables}
    return {"Responses": {name: [*filter(None, rows)] for name, rows in found.items()}}


KEYS = re.compile(r"(\S+) = (:\w+)(?: AND begins_with\((\S+), (:\w+)\))?", re.IGNORECASE)


def query(asked: Any) -> Any:
    """Find the rows of a partition, or those whose key begins so."""
    found = KEYS.fullmatch(asked["KeyConditionExpression"])
    if found is None:
        raise LookupError(f"a condition that is not answered here: {asked}")
    values = asked["ExpressionAttributeValues"]
    pk, sk = values[found[2]]["S"], values[found[4]]["S"] if found[4] else ""
    rows = [row for at, row in ROWS.items() if at[0] == pk and at[1].startswith(sk)]
    if columns := asked.get("ProjectionExpression"):
        names = asked.get("ExpressionAttributeNames", {})
        wanted = {names.get(column, column) for column in columns.split(", ")}
        rows = [{name: value for name, value in row.items() if name in wanted} for row in rows]
    return {"Items": rows}


LEDGER = {"PutItem": put, "GetItem": get, "BatchGetItem": get_each, "Query": query}


class Body:
    """A body as the SDK reads it from a connection."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Any:
        """Give it in one piece."""
        yield self._content

    def read(self, *_: Any) -> bytes:
        """Give it whole."""
        return self._content


def answer(_session: Any, request: Any) -> AWSResponse:
    """Answer one request."""
    target = request.headers.get("X-Amz-Target", b"")
    operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
    ASKED[operation or "Publish"] += 1
    if operation in LEDGER:
        content = json.dumps(LEDGER[operation](json.loads(request.body))).encode()
    elif operation:
        content = json.dumps(ANSWERS[operation]).encode()  # no answer: this is to be loud
    else:
        content = IDENTITY if "GetCallerIdentity" in str(request.body) else PUBLISHED
    return AWSResponse(request.url, 200, HTTPHeaders(), Body(content))


def install(*, tagged: bool) -> None:
    """Take the network's place."""
    if not tagged:
        ANSWERS["ListTags"] = {"Tags": []}
    URLLib3Session.send = answer
    BaseClient._make_api_call = _weighed(BaseClient._make_api_call)  # noqa: SLF001


SDK = [0.0]
"""The processor's seconds that calls of the SDK took."""


def _weighed(call: Any) -> Any:
    def weighed(*asked: Any) -> Any:
        worked = time.process_time()
        try:
            return call(*asked)
        finally:
            SDK[0] += time.process_time() - worked

    return weighed


def timed(handle: Any, events: list[Any], context: Any = None) -> dict[str, list[float]]:
    """Handle every event; answer the milliseconds of each.

    By the clock, by the processor, and the processor's without the calls of the SDK.
    """
    for event in events[:20]:
        handle(event, context)
    wall, processor, own = [], [], []
    for event in events:
        began, worked, SDK[0] = time.perf_counter(), time.process_time(), 0.0
        handle(event, context)
        processor.append((time.process_time() - worked) * 1e3)
        wall.append((time.perf_counter() - began) * 1e3)
        own.append(processor[-1] - SDK[0] * 1e3)
    return {"wall": wall, "processor": processor, "own": own}


def events(path: str, number: int) -> list[dict[str, Any]]:
    """Give one event many times, each with an id and a moment of its own."""
    from pathlib import Path

    text = Path(path).read_text(encoding="utf-8")
    made = []
    for count in range(number):
        event = json.loads(text)
        event["id"] = f"7d0f2a11-5c1e-4b8f-9d34-{count:012}"
        event["time"] = f"2026-11-23T14:{count // 60 % 60:02}:{count % 60:02}Z"
        made.append(event)
    return made
