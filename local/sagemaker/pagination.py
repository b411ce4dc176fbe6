"""List calls of every kind: filter, sort, and page as AWS does.

ListTrainingJobs cuts its page first and filters by status after, so a page can be empty while
more follow (API reference of ListTrainingJobs, StatusEquals).
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Any

from local.sagemaker import model
from local.sagemaker.errors import invalid
from local.sagemaker.kinds import Kind
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation

DEFAULT_PAGE = 10

_FILTERS: dict[str, Callable[[Resource, Any], bool]] = {
    "NameContains": lambda r, text: text.lower() in r.name.lower(),
    "StatusEquals": lambda r, status: r.status == status,
    "TrackingServerStatus": lambda r, status: r.status == status,
    "CreatedAfter": lambda r, when: r.fields["CreationTime"] > when,
    "CreatedBefore": lambda r, when: r.fields["CreationTime"] < when,
    "CreationTimeAfter": lambda r, when: r.fields["CreationTime"] > when,
    "CreationTimeBefore": lambda r, when: r.fields["CreationTime"] < when,
    "LastModifiedTimeAfter": lambda r, when: r.fields["LastModifiedTime"] > when,
    "LastModifiedTimeBefore": lambda r, when: r.fields["LastModifiedTime"] < when,
    "EndpointName": lambda r, name: name in _watched(r),
    "EndpointNameEquals": lambda r, name: r.fields.get("EndpointName") == name,
    "DomainIdEquals": lambda r, name: r.fields.get("DomainId") == name,
    "UserProfileNameEquals": lambda r, name: r.fields.get("UserProfileName") == name,
    "SpaceNameEquals": lambda r, name: r.fields.get("SpaceName") == name,
    "UserProfileNameContains": lambda r, text: text in r.fields.get("UserProfileName", ""),
    "SpaceNameContains": lambda r, text: text in r.fields.get("SpaceName", ""),
    "VariantNameEquals": lambda r, name: r.fields.get("VariantName") == name,
    "WarmPoolStatusEquals": lambda r, status: (
        r.fields.get("WarmPoolStatus", {}).get("Status") == status
    ),
    "TrainingPlanArnEquals": lambda r, arn: (
        r.fields.get("ResourceConfig", {}).get("TrainingPlanArn") == arn
    ),
    "NotebookInstanceLifecycleConfigNameContains": lambda r, text: (
        text in r.fields.get("NotebookInstanceLifecycleConfigName", "")
    ),
    "DefaultCodeRepositoryContains": lambda r, text: (
        text in r.fields.get("DefaultCodeRepository", "")
    ),
    "AdditionalCodeRepositoryEquals": lambda r, url: (
        url in r.fields.get("AdditionalCodeRepositories", ())
    ),
}

_SORTS: dict[str, Callable[[Resource], str]] = {
    "Name": lambda r: r.name,
    "CreationTime": lambda r: r.fields["CreationTime"].isoformat(),
    "Status": lambda r: r.status,
    "FinalObjectiveMetricValue": lambda r: r.name,
}


def _watched(schedule: Resource) -> list[str]:
    """Name the endpoints that a monitoring schedule looks at."""
    definition = schedule.fields["MonitoringScheduleConfig"].get("MonitoringJobDefinition", {})
    inputs = definition.get("MonitoringInputs", [])
    return [each.get("EndpointInput", {}).get("EndpointName", "") for each in inputs]


def page(
    operation: str,
    kind: Kind,
    resources: Iterable[Resource],
    request: dict[str, Any],
) -> dict[str, Any]:
    """Answer a List call from these resources."""
    items, summary_members = model.summary_members(operation)
    filtered_after = kind.filtered_after_paging
    found = [r for r in resources if _passes(r, request, set(_FILTERS) - filtered_after)]
    ordered = _ordered(kind, found, request)
    size = request.get("MaxResults", DEFAULT_PAGE)
    chosen, rest = ordered[:size], ordered[size:]
    response: dict[str, Any] = {
        items: [
            _summary(r, summary_members) for r in chosen if _passes(r, request, filtered_after)
        ],
    }
    if rest:
        response["NextToken"] = _token(_key(kind, request)(chosen[-1]))
    return response


def lister(kind: Kind) -> Operation:
    """Make the List call of a kind."""
    operation = f"List{kind.prefix}s"
    return lambda store, request: page(operation, kind, store.all(kind), request)


def _passes(resource: Resource, request: dict[str, Any], filters: Iterable[str]) -> bool:
    return all(_FILTERS[name](resource, request[name]) for name in filters if name in request)


def _key(kind: Kind, request: dict[str, Any]) -> Callable[[Resource], list[str]]:
    sort_value = _SORTS[request.get("SortBy", kind.sort[0])]
    return lambda resource: [sort_value(resource), resource.name]


def _ordered(kind: Kind, found: list[Resource], request: dict[str, Any]) -> list[Resource]:
    """Sort, and leave out what earlier pages have shown."""
    key = _key(kind, request)
    down = request.get("SortOrder", kind.sort[1]) == "Descending"
    ordered = sorted(found, key=key, reverse=down)
    if "NextToken" not in request:
        return ordered
    last = _position(request["NextToken"])
    return [r for r in ordered if (key(r) < last if down else key(r) > last)]


def _summary(resource: Resource, members: Iterable[str]) -> dict[str, Any]:
    return {name: resource.fields[name] for name in members if name in resource.fields}


def _token(position: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _position(token: str) -> list[str]:
    try:
        position: list[str] = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid NextToken.") from error
    return position
