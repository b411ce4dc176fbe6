"""Small functions deployed without a stack, each with a role of its own."""

import io
import json
import zipfile
from typing import Any

from local.account import ACCOUNT, LocalAws

ASSUMED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def role(aws: LocalAws, name: str, *allowed: str) -> str:
    """Make a role that may do these actions on anything."""
    iam = aws.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ASSUMED))
    if allowed:
        statement = {"Effect": "Allow", "Action": list(allowed), "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_role_policy(RoleName=name, PolicyName="grants", PolicyDocument=json.dumps(document))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def function(aws: LocalAws, name: str, body: str, *allowed: str, load: str = "") -> str:
    """Deploy a function whose handler has this body, over `event`; give its ARN."""
    code = f"import json, os, boto3\n{load}\ndef handler(event, context):\n"
    code += "".join(f"    {line}\n" for line in body.splitlines())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", code)
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role(aws, name, *allowed),
        Code={"ZipFile": archive.getvalue()},
        Timeout=10,
    )
    return str(made["FunctionArn"])


def logged(aws: LocalAws, name: str) -> list[Any]:
    """Read what a function printed as JSON, oldest first."""
    events = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [json.loads(e["message"]) for e in events if e["message"].startswith("{")]


def queue(aws: LocalAws, name: str, **attributes: str) -> tuple[str, str]:
    """Make a queue; give its URL and ARN."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{aws.region}:{ACCOUNT}:{name}"


def messages(aws: LocalAws, url: str) -> list[Any]:
    """Take the messages of a queue that are visible now."""
    taken = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in taken.get("Messages", [])]
