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
class Answer:
    """An HTTP answer, without the request id that the server adds."""

    status: int
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers AWS sends with it."""
        return {"Content-Type": CONTENT_TYPE}


def answer(account: Account, target: str, body: bytes, caller: Caller | None) -> Answer:
    """Answer a request for an `X-Amz-Target`."""
    operation = target.removeprefix(TARGET)
    try:
        given = account.call(operation, _read(body), caller=caller)
    except AwsError as error:
        return refusal(error)
    if model.gives(operation) is None:
        return Answer(200, b"")
    return Answer(200, json.dumps(given, default=_epoch).encode())


def refusal(error: AwsError) -> Answer:
    """Answer with an error; SageMaker refuses everything with 400, denied calls too."""
    return Answer(400, json.dumps({"__type": error.code, "message": error.message}).encode())


def operation_of(headers: Mapping[str, str]) -> str:
    """Name the operation a request asks for."""
    return headers.get("x-amz-target", "").removeprefix(TARGET)


def _read(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", "The request is not JSON") from error
    if not isinstance(asked, dict):
        raise AwsError("SerializationException", "The request is not an object")
    return asked


def _epoch(value: Any) -> float:
    """Write times as AWS does: seconds, with milliseconds behind the point."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(type(value))
