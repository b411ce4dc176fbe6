"""The calls of a kind, as its contract defines them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from costguard.common.observed import elements, mapping, printable
from costguard.resources.kind import Kind, ListCall, Raw
from costguard.resources.translation import member

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_LONGEST_ARN = 2048
_PAGE: Mapping[str, Any] = {"PaginationConfig": {"PageSize": 100}}


def is_missing(error: ClientError) -> bool:
    """Tell whether an error means "not found", in the several forms of SageMaker."""
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in ("ResourceNotFound", "ResourceNotFoundException"):
        return True
    words = ("RecordNotFound", "Could not find", "Requested resource not found")
    return code == "ValidationException" and any(word in text for word in words)


def is_not_offered(error: ClientError) -> bool:
    """Tell whether AWS has no such operation, or no such category, in this region."""
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return code.startswith("UnknownOperation") or (
        code == "ValidationException" and "enum value set" in text
    )


def call(sagemaker: "SageMakerClient", operation: str, **arguments: Any) -> Any:
    """Make one call, by AWS's own name of the operation."""
    return getattr(sagemaker, xform_name(operation))(**arguments)


def describe(sagemaker: "SageMakerClient", kind: Kind, address: Mapping[str, str]) -> Raw | None:
    """Describe one, with the reads that follow; None when there is no such thing."""
    try:
        answer = call(sagemaker, kind.api.describe, **address)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    result = kind.api.describe_result
    raw = dict(mapping(answer.get(result) if result else answer))
    for follow in kind.api.follow_ups:
        if not raw.get(follow.field):
            continue
        try:
            raw[follow.into] = call(
                sagemaker, follow.operation, **{follow.argument: raw[follow.field]}
            )
        except ClientError as error:
            if not is_missing(error):
                raise
    return raw


def asked_by(kind: Kind, row: Raw) -> Mapping[str, str] | None:
    """Give the arguments that describe what a row of a list is about; None: the row lacks them."""
    by = kind.api.described_by
    if by is None:
        return kind.identity.address(row)
    return {by: value} if (value := printable(row.get(by), _LONGEST_ARN)) else None


def running_rows(
    sagemaker: "SageMakerClient", kind: Kind, *, created_after: datetime
) -> Iterator[Raw]:
    """List what runs of a kind; where AWS cannot narrow the list, its rows are sifted."""
    listed, form = kind.api.list, kind.translation
    recent = {listed.created_after: created_after} if kind.is_job and listed.created_after else {}
    if listed.status is None:
        for row in rows(sagemaker, listed, **recent):
            word = member(row, form.status)
            if word is None or word in kind.lifecycle.running:
                yield row
        return
    for status in kind.lifecycle.running:
        yield from rows(sagemaker, listed, **{listed.status: status}, **recent)


def rows(sagemaker: "SageMakerClient", listed: ListCall, **narrowed: Any) -> Iterator[Raw]:
    """Make every list call of a kind; each row is given the arguments that only the call named."""
    for fixed in listed.each:
        try:
            for of_parent in _parents(sagemaker, listed):
                named = {**fixed, **of_parent}
                for page in _pages(sagemaker, listed.operation, **named, **narrowed):
                    for row in elements(page.get(listed.rows)):  # a page may be empty in the middle
                        yield {**named, **row} if named else row
        except ClientError as error:
            if not is_not_offered(error):
                raise


def _parents(sagemaker: "SageMakerClient", listed: ListCall) -> Iterator[dict[str, Any]]:
    """Name each parent that a list call needs; one call without any where it needs none."""
    of = listed.parents
    if of is None:
        yield {}
        return
    for page in _pages(sagemaker, of.operation):
        for row in elements(page.get(of.rows)):
            yield {of.argument: row[of.field]}


def _pages(sagemaker: "SageMakerClient", operation: str, **arguments: Any) -> Any:
    pager: Any = sagemaker.get_paginator  # the operation is data, so no stub knows its pages
    return pager(xform_name(operation)).paginate(**_PAGE, **arguments)
