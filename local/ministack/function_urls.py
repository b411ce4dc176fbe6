"""The caller of a function URL that IAM guards, which MiniStack leaves out of the event.

AWS puts it into `requestContext.authorizer.iam` (Lambda's documentation on invoking function URLs).
"""

from collections.abc import Callable
from typing import Any

from ministack.core.iam_evaluator import request_caller_arn
from ministack.services import lambda_svc

_build: Callable[..., dict[str, Any]] = lambda_svc._build_function_url_event


def install() -> None:
    """Let an event name its caller."""
    lambda_svc._build_function_url_event = _build_with_caller


def uninstall() -> None:
    """Give MiniStack its own back."""
    lambda_svc._build_function_url_event = _build


def _build_with_caller(
    url_id: str, account_id: str, *given: Any, anonymous: bool = False, **named: Any
) -> dict[str, Any]:
    event = _build(url_id, account_id, *given, anonymous=anonymous, **named)
    if not anonymous:
        caller = {
            "accountId": account_id,
            "userArn": request_caller_arn(event["headers"]),
            "cognitoIdentity": None,
        }
        event["requestContext"]["authorizer"] = {"iam": caller}
    return event
