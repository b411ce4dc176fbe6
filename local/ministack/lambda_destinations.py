"""Destinations of failed invocations: their messages, and sending them.

The shape is that of invocation-async-retain-records in the Lambda developer guide.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import boto3

type Record = dict[str, Any]

_RAISED = re.compile(r"^(?:[\w.]+\.)?(\w+)(?::|$)")
_OUR_FOLDER = re.compile(r'"[^"]*/code/')


def failure(config: Record, event: Any, result: Record, now: datetime) -> Record:
    """Shape what a destination receives, but for what only the invoker knows of its tries."""
    version = config.get("Version", "$LATEST")
    return {
        "version": "1.0",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {"functionArn": f"{config['FunctionArn']}:{version}"},
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": version,
            "functionError": result.get("function_error") or "Unhandled",
        },
        "responsePayload": _error(result),
    }


def send(target: str, message: str, endpoint: str, credentials: Mapping[str, str]) -> None:
    """Send a message to a queue or topic with a role's credentials; IAM may refuse it."""
    _, _, service, region, account, name = target.split(":", 5)
    session = boto3.Session(
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
        region_name=region,
    )
    match service:
        case "sqs":
            url = f"{endpoint}/{account}/{name}"
            queue = session.client("sqs", endpoint_url=endpoint)
            queue.send_message(QueueUrl=url, MessageBody=message)
        case "sns":
            topic = session.client("sns", endpoint_url=endpoint)
            topic.publish(TopicArn=target, Message=message)
        case _:
            raise ValueError(f"expected a destination of sqs or sns, got {target}")


def _error(result: Record) -> Record:
    """Shape a function's exception as Lambda's Python runtime does, from its traceback."""
    body = result.get("body")
    if not isinstance(body, dict):
        return {}
    trace = [line for line in str(result.get("log", "")).splitlines() if line.strip()]
    last = max((i for i, line in enumerate(trace) if line.startswith('  File "')), default=-1)
    end = next((i for i in range(last + 1, len(trace)) if not trace[i].startswith(" ")), -1)
    raised = _RAISED.match(trace[end]) if trace else None  # its message may go on below
    if body.get("errorType") != "Runtime.HandlerError" or not raised:
        return body
    start = next((i for i, line in enumerate(trace) if "/code/" in line), len(trace))
    frames = [_OUR_FOLDER.sub('"/var/task/', line) for line in trace[start:end]]
    return {**body, "errorType": raised[1], "stackTrace": frames}
