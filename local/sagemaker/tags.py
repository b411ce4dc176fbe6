"""Tags of any resource, by its ARN (AddTags, DeleteTags, ListTags)."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.sagemaker.errors import AwsError, invalid
from local.sagemaker.store import Store

MOST = 50
"""Tags a resource can hold, and the least that a page of ListTags can be asked to hold."""


def as_map(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Give a list of Key and Value as a dictionary."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def as_list(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    """Give tags as a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def add(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Add tags, overwriting the values of those there; the refusal of too many is assumed."""
    resource = store.by_arn(request["ResourceArn"])
    merged = (resource.tags or {}) | as_map(request["Tags"])
    if len(merged) > MOST:
        raise AwsError("ResourceLimitExceeded", f"A resource can have at most {MOST} tags.")
    resource.tags = merged
    return {"Tags": request["Tags"]}


def delete(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Remove tags; a key that is not there is no error."""
    resource = store.by_arn(request["ResourceArn"])
    kept = {k: v for k, v in (resource.tags or {}).items() if k not in request["TagKeys"]}
    resource.tags = None if resource.tags is None else kept
    return {}


def listed(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """List tags, a page at a time."""
    tags = as_list(store.by_arn(request["ResourceArn"]).tags)
    token = request.get("NextToken", "0")
    if not token.isdigit():
        raise invalid("Invalid NextToken.")
    first, size = int(token), request.get("MaxResults", MOST)
    answer: dict[str, Any] = {"Tags": tags[first : first + size]}
    return answer | ({"NextToken": str(first + size)} if first + size < len(tags) else {})


OPERATIONS = {"AddTags": add, "DeleteTags": delete, "ListTags": listed}
