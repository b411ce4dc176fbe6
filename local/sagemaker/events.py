"""Build the events that AWS would emit, before EventBridge gives them an id."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local.sagemaker import model
from local.sagemaker.errors import AwsError
from local.sagemaker.event_delivery import Event
from local.sagemaker.identity import Caller
from local.sagemaker.kinds import ENDPOINT, LEFT_OUT, PROCESSING
from local.sagemaker.resource import Place, Resource

READ_ONLY = ("Describe", "List")
"""Calls that EventBridge does not deliver under a plain ENABLED rule."""

_WITHOUT_PARAMETERS = frozenset({"AccessDenied", "ThrottlingException"})
"""Errors whose CloudTrail record has no `requestParameters`, in real records of JSON services."""

LONGEST_MESSAGE = 1024
"""CloudTrail cuts longer error messages."""

_PROCESSING_WORDS = {
    "S3Prefix": "S3_PREFIX",
    "ManifestFile": "MANIFEST_FILE",
    "File": "FILE",
    "Pipe": "PIPE",
    "FullyReplicated": "FULLYREPLICATED",
    "ShardedByS3Key": "SHARDEDBYS3KEY",
    "Continuous": "CONTINUOUS",
    "EndOfJob": "END_OF_JOB",
}
"""Processing events spell the words of the API as Java does (the example in the AWS docs)."""


def state_change(place: Place, resource: Resource, now: datetime) -> Event:
    """Build a state-change event; times are epoch milliseconds, `Tags` is an object."""
    kind = resource.kind
    known = {
        **kind.event_fields,
        **{n: v for n, v in resource.fields.items() if n in kind.event_fields},
    }
    detail = {name: _encode(value) for name, value in known.items() if value is not LEFT_OUT}
    if kind is PROCESSING:
        detail = {
            name: _in_java_words(value)
            if name in ("ProcessingInputs", "ProcessingOutputConfig")
            else value
            for name, value in detail.items()
        }
    if kind is ENDPOINT:
        detail[kind.status_field] = _upper_snake(resource.status)
    detail["Tags"] = dict(resource.tags or {})
    return _envelope(place, kind.detail_type, now, detail, [resource.arn])


def run_of_pipeline(
    place: Place, run: Mapping[str, Any], before: str | None, now: datetime
) -> Event:
    """Build the event of a run of a pipeline: its members are in camel case, its times are text."""
    detail = {
        "pipelineArn": run["PipelineArn"],
        "pipelineExecutionArn": run["PipelineExecutionArn"],
        "currentPipelineExecutionStatus": run["PipelineExecutionStatus"],
        "previousPipelineExecutionStatus": before,
        "executionStartTime": run["StartTime"].isoformat(),
    }
    name = "SageMaker Model Building Pipeline Execution Status Change"
    return _envelope(place, name, now, detail, [run["PipelineArn"], run["PipelineExecutionArn"]])


def api_call(  # noqa: PLR0913 - a CloudTrail record has this many sides
    place: Place,
    operation: str,
    parameters: Mapping[str, Any] | None,
    outcome: Mapping[str, Any] | AwsError | None,
    *,
    caller: Caller,
    now: datetime,
    request_id: str,
) -> Event:
    """Build the CloudTrail event of an API call, whether it succeeded or not."""
    input_shape, output_shape = model.input_shape(operation), model.output_shape(operation)
    failed = outcome if isinstance(outcome, AwsError) else None
    blank = failed is not None and failed.code in _WITHOUT_PARAMETERS
    detail = {
        **_record(place, operation, now, request_id),
        "userIdentity": caller.identity(),
        "sourceIPAddress": caller.source_ip,
        "userAgent": caller.user_agent,
        "requestParameters": None if blank else _lower(input_shape, parameters or {}),
        "responseElements": _lower(output_shape, outcome) if outcome and not failed else None,
        "eventType": "AwsApiCall",
    }
    if failed is not None:
        detail |= {"errorCode": failed.code, "errorMessage": failed.message[:LONGEST_MESSAGE]}
    return _envelope(place, "AWS API Call via CloudTrail", now, detail, [])


def service_call(
    place: Place,
    operation: str,
    outcome: Mapping[str, Any],
    *,
    now: datetime,
    request_id: str,
) -> Event:
    """Build the CloudTrail event of the service's own call, such as a tuner's training jobs."""
    service = "sagemaker.amazonaws.com"
    detail = {
        **_record(place, operation, now, request_id),
        "userIdentity": {"accountId": place.account_id, "invokedBy": service},
        "sourceIPAddress": service,
        "userAgent": service,
        "requestParameters": None,
        "responseElements": None,
        "serviceEventDetails": dict(outcome),
        "eventType": "AwsServiceEvent",
    }
    return _envelope(place, "AWS Service Event via CloudTrail", now, detail, [])


def _record(place: Place, operation: str, now: datetime, request_id: str) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventTime": _iso(now),
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": operation,
        "awsRegion": place.region,
        "requestID": request_id,
        "eventID": str(uuid5(UUID(request_id), operation)),
        "readOnly": False,
        "managementEvent": True,
        "recipientAccountId": place.account_id,
        "eventCategory": "Management",
    }


def _envelope(
    place: Place,
    detail_type: str,
    now: datetime,
    detail: dict[str, Any],
    resources: list[str],
) -> Event:
    return {
        "version": "0",
        "id": "",
        "detail-type": detail_type,
        "source": "aws.sagemaker",
        "account": place.account_id,
        "time": _iso(now),
        "region": place.region,
        "resources": resources,
        "detail": detail,
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _encode(value: Any) -> Any:
    """Copy a value, with times as epoch milliseconds."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    return value


def _upper_snake(status: str) -> str:
    """Spell the status of an endpoint as its events do: `IN_SERVICE` (the example in the docs)."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", status).upper()


def _in_java_words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _in_java_words(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_java_words(item) for item in value]
    return _PROCESSING_WORDS.get(value, value) if isinstance(value, str) else value


def _lower(shape: Shape | None, value: Any) -> Any:
    """Lower the first letter of member names at every structure; map keys stay as they are."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = ((n, v) for n, v in value.items() if n in shape.members)
        return {n[:1].lower() + n[1:]: _lower(shape.members[n], v) for n, v in known}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_lower(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _lower(shape.value, item) for key, item in value.items()}
    return _iso(value) if isinstance(value, datetime) else value
