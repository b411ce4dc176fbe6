"""SageMaker in MiniStack's tagging API, and the pages that MiniStack's GetResources lacks.

A resource that was never tagged is absent; one that was is present, with an empty list. Pages
are cut before tag filters apply, so one can be short or empty while more follow (GetResources).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services import tagging as emulated

from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from local.sagemaker.tags import as_list

DEFAULT_PAGE = 50

type Answer = tuple[int, dict[str, str], bytes]
type Tags = list[dict[str, str]]

_get_resources: Callable[[dict[str, Any]], Answer] = emulated._get_resources


def install(account: Callable[[], Account]) -> None:
    """Let the tagging API see the SageMaker of the account a request was signed for."""

    def collect() -> Iterator[tuple[str, Tags]]:
        yield from account().tagged().items()

    def write(_spec: object, arn: str, tags: Mapping[str, str]) -> None:
        _retag(account(), "AddTags", {"ResourceArn": arn, "Tags": as_list(tags)})

    def remove(_spec: object, arn: str, keys: list[str]) -> None:
        _retag(account(), "DeleteTags", {"ResourceArn": arn, "TagKeys": keys})

    emulated._COLLECTORS["sagemaker"] = collect
    emulated._RESOURCE_TAG_COLLECTORS["sagemaker"] = collect  # for aws:ResourceTag in IAM
    emulated._WRITERS["sagemaker"] = write
    emulated._REMOVERS["sagemaker"] = remove
    emulated._HANDLERS["GetResources"] = get_resources


def get_resources(request: dict[str, Any]) -> Answer:
    """Answer GetResources a page at a time."""
    wanted = {name: value for name, value in request.items() if name != "TagFilters"}
    status, headers, body = _get_resources(wanted)
    if status != 200 or request.get("ResourceARNList"):  # noqa: PLR2004 - OK
        return status, headers, body
    size = request.get("ResourcesPerPage", DEFAULT_PAGE)
    token = request.get("PaginationToken", "")
    if problem := _problem(size, token):
        error: Answer = emulated._invalid_parameter(problem)  # MiniStack has no types
        return error
    found = sorted(json.loads(body)["ResourceTagMappingList"], key=lambda r: r["ResourceARN"])
    start = int(token or 0)
    filters = request.get("TagFilters", [])
    page = [r for r in found[start : start + size] if _matches(r, filters)]
    more = str(start + size) if start + size < len(found) else ""
    response = {"ResourceTagMappingList": page, "PaginationToken": more}
    return status, headers, json.dumps(response).encode()


def _problem(size: int, token: str) -> str | None:
    if not 1 <= size <= 100:  # noqa: PLR2004 - GetResources
        return "ResourcesPerPage must be between 1 and 100"
    if token and not token.isdigit():
        return "Invalid PaginationToken"
    return None


def _matches(resource: Mapping[str, Any], filters: list[dict[str, Any]]) -> bool:
    matched: bool = emulated._matches_tag_filters(resource["Tags"], filters)
    return matched


def _retag(account: Account, operation: str, request: dict[str, Any]) -> None:
    try:
        account.call(operation, request)
    except AwsError as error:
        raise emulated._ResourceNotFound(request["ResourceArn"]) from error
