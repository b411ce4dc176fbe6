"""SageMaker's wire protocol, AWS JSON 1.1: an operation in a header, JSON both ways."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.sagemaker import model
from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from local.sagemaker.identity import Caller

TARGET = "SageMaker."
CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response, without the request id that the server adds."""

    status: int
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that AWS sends with it."""
        return {"Content-Type": CONTENT_TYPE}


def respond(account: Account, target: str, body: bytes, caller: Caller | None) -> Response:
    """Respond to a request for an `X-Amz-Target`."""
    operation = target.removeprefix(TARGET)
    try:
        output = account.call(operation, _read(body), caller=caller)
    except AwsError as error:
        return error_response(error)
    if model.output_shape(operation) is None:
        return Response(200, b"")
    return Response(200, json.dumps(output, default=_encode_time).encode())


def error_response(error: AwsError) -> Response:
    """Return an error response; SageMaker's errors have status 400, denied calls too."""
    return Response(400, json.dumps({"__type": error.code, "message": error.message}).encode())


def operation_of(headers: Mapping[str, str]) -> str:
    """Name the operation a request asks for."""
    return headers.get("x-amz-target", "").removeprefix(TARGET)


def _read(body: bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", "The request is not JSON") from error
    if not isinstance(parameters, dict):
        raise AwsError("SerializationException", "The request is not an object")
    return parameters


def _encode_time(value: Any) -> float:
    """Write times as AWS does: seconds, with milliseconds behind the point."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(type(value))
