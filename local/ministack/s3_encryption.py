"""Server-side encryption as S3 offers it: `aws:kms` without a key takes the account's own.

MiniStack refuses it. The SageMaker SDK uploads all code so, and so do most who say `aws:kms`
(PutObject: without a key id "Amazon S3 uses the AWS managed key").
"""

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ministack.core import responses
from ministack.services import s3

_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_resolve: Callable[..., Any] = s3._resolve_sse_write_headers


def install() -> None:
    """Let S3 take the key of the account."""
    s3._resolve_sse_write_headers = _resolve_with_own_key


def uninstall() -> None:
    """Give MiniStack its own back."""
    s3._resolve_sse_write_headers = _resolve


def _resolve_with_own_key(headers: dict[str, str], bucket: str) -> Any:
    if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(_KEY):
        place = f"{responses.get_region()}:{responses.get_account_id()}"
        key = uuid5(NAMESPACE_URL, f"{place}:alias/aws/s3")
        headers = headers | {_KEY: f"arn:aws:kms:{place}:key/{key}"}
    return _resolve(headers, bucket)
