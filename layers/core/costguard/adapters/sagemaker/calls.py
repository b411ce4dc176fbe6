"""The calls of a kind, as its contract defines them."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from costguard.common.observed import elements, mapping, printable
from costguard.resources.deletion import MOST_ON_A_PAGE
from costguard.resources.kind import FollowUp, Kind, ListCall, Raw
from costguard.resources.model import ResourceStatus
from costguard.resources.translation import member

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_LONGEST_ARN = 2048
_MAY_RUN = (ResourceStatus.RUNNING, ResourceStatus.UNKNOWN, None)


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


class OnceEach:
    """Makes each read once, for however many threads ask for it at once."""

    def __init__(self) -> None:
        self._made: dict[object, Future[Raw]] = {}
        self._lock = Lock()

    def read(self, key: object, read: Callable[[], Raw]) -> Raw:
        """Answer a read, or what its first reader was answered, or raise what that was refused."""
        with self._lock:
            is_first = key not in self._made
            future = self._made.setdefault(key, Future())
        if is_first:
            try:
                future.set_result(read())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()


def describe(
    sagemaker: "SageMakerClient",
    kind: Kind,
    address: Mapping[str, str],
    once: OnceEach | None = None,
) -> Raw | None:
    """Describe one, with the reads that follow; None when there is no such thing.

    What several refer to is read once for all that share `once`.
    """
    try:
        answer = call(sagemaker, kind.api.describe, **address)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    result = kind.api.describe_result
    raw = dict(mapping(answer.get(result) if result else answer))
    for follow in kind.api.follow_ups:
        applies = follow.only_if is None or member(raw, follow.only_if[0]) == follow.only_if[1]
        if applies and member(raw, follow.field):
            _follow(sagemaker, follow, raw, once or OnceEach())
    return raw


def _follow(
    sagemaker: "SageMakerClient", follow: FollowUp, raw: dict[str, Any], once: OnceEach
) -> None:
    """Put what a description refers to beside it; what is gone is left out."""
    asked = {follow.argument: member(raw, follow.field)}
    asked |= {name: raw[name] for name in follow.also}
    read = partial(call, sagemaker, follow.operation, **asked, **follow.arguments)
    try:
        raw[follow.into] = once.read((follow.operation, *asked.values()), read)
    except ClientError as error:
        if not is_missing(error):
            raise


def asked_by(kind: Kind, row: Raw) -> Mapping[str, str] | None:
    """Give the arguments that describe what a row of a list is about; None: the row lacks them."""
    by = kind.api.described_by
    if by is None:
        return kind.identity.address(row)
    return {by: value} if (value := printable(row.get(by), _LONGEST_ARN)) else None


def running_rows(sagemaker: "SageMakerClient", kind: Kind, *, since: datetime) -> Iterator[Raw]:
    """List what runs of a kind, in one list; where AWS cannot narrow it, its rows are sifted.

    What has a status that nobody knows may run, too.

    Only such a list of jobs is bounded by their last change or, without it, by their age.
    """
    listed, form = kind.api.list, kind.translation
    running = kind.lifecycle.running
    narrowed: dict[str, Any] = (
        {listed.status: running[0]} if listed.status and len(running) == 1 else {}
    )
    bound = listed.changed_after or listed.created_after
    is_long = listed.filtered_late or not narrowed
    recent: dict[str, Any] = {bound: since} if kind.is_job and bound and is_long else {}
    for row in rows(sagemaker, listed, **narrowed, **recent):
        word = member(row, form.status)
        if word is None or kind.lifecycle.status_of(word) in _MAY_RUN:
            yield row


def rows(
    sagemaker: "SageMakerClient", listed: ListCall, of: str | None = None, **narrowed: Any
) -> Iterator[Raw]:
    """Make every list call of a kind; each row is given the arguments that only the call named.

    `of`: only of the parent of this name, and to the last page.
    """
    for fixed in listed.each:
        try:
            for of_parent in _parents(sagemaker, listed, of):
                named = {**fixed, **of_parent}
                pages = paged(sagemaker, listed.operation, **named, **narrowed)
                for page in islice(pages, 1) if listed.newest_page and not of else pages:
                    for row in elements(page.get(listed.rows)):  # a page may be empty in the middle
                        yield {**named, **row} if named else row
        except ClientError as error:
            if not is_not_offered(error):
                raise


def _parents(
    sagemaker: "SageMakerClient", listed: ListCall, only: str | None
) -> Iterator[dict[str, Any]]:
    """Name each parent that a list call needs; one call without any where it needs none.

    An ARN may spell the name of the only one in lower case.
    """
    of = listed.parents
    if of is None:
        yield {}
        return
    for page in paged(sagemaker, of.operation):
        for row in elements(page.get(of.rows)):
            if only is None or str(row[of.field]).lower() == only.lower():
                yield {of.argument: row[of.field]}


def paged(client: Any, operation: str, size: int = MOST_ON_A_PAGE, **arguments: Any) -> Any:
    """Read a list page by page, by AWS's own name of the operation."""
    pager: Any = client.get_paginator  # the operation is data, so no stub knows its pages
    page = {"PaginationConfig": {"PageSize": size}}
    return pager(xform_name(operation)).paginate(**page, **arguments)
