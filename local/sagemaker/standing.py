"""What stands until it is deleted: clusters, plans, feature groups, apps, definitions of jobs.

Members: the service model. They are made at once, and nothing ends them here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from local.sagemaker import model
from local.sagemaker.errors import AwsError
from local.sagemaker.store import Operation, Store

type Fields = dict[str, Any]


def _cluster(asked: Fields) -> Fields:
    groups = [
        {k: v for k, v in group.items() if k != "InstanceCount"}
        | dict.fromkeys(("CurrentCount", "TargetCount"), group["InstanceCount"])
        for group in asked.get("InstanceGroups", ())
    ]
    return {"ClusterStatus": "InService", "InstanceGroups": groups}


def _plan(_asked: Fields) -> Fields:
    count = {"TotalInstanceCount": 2, "AvailableInstanceCount": 2, "InUseInstanceCount": 0}
    return {"Status": "Active", "UpfrontFee": "40000.00", "CurrencyCode": "USD", **count}


def _with(**fields: Any) -> Callable[[Fields], Fields]:
    return lambda _asked: fields


_MADE: dict[str, Callable[[Fields], Fields]] = {
    "Cluster": _cluster,
    "TrainingPlan": _plan,
    "FeatureGroup": _with(FeatureGroupStatus="Created"),
    "InferenceExperiment": _with(
        Status="Running", EndpointMetadata={"EndpointName": "x", "EndpointStatus": "InService"}
    ),
    "PartnerApp": _with(Status="Available"),
    "MlflowApp": _with(Status="Created"),
    **{
        f"{each}JobDefinition": _with()
        for each in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
    },
}


def _names(prefix: str) -> tuple[str, ...]:
    """List what the member of the name is called, in requests and in answers."""
    return f"{prefix}Name", "JobDefinitionName", "MonitoringJobDefinitionName", "Name"


def create(prefix: str, store: Store, request: Fields) -> Fields:
    """Make one."""
    name = next(request[member] for member in _names(prefix) if member in request)
    kind = "".join(f"-{c.lower()}" if c.isupper() else c for c in prefix).strip("-")
    arn = f"arn:aws:sagemaker:{store.place.region}:{store.place.account_id}:{kind}/{name.lower()}"
    now = store.now()
    store.standing.setdefault(prefix, {})[name] = {
        **{key: value for key, value in request.items() if key != "Tags"},
        **dict.fromkeys(_names(prefix), name),
        **{member.removesuffix("Name") + "Arn": arn for member in _names(prefix)},
        "CreationTime": now,
        "LastModifiedTime": now,
        **_MADE[prefix](request),
    }
    answer = model.members(model.output_shape(f"Create{prefix}"))
    return {member: arn for member in answer if member.endswith("Arn")}


def describe(prefix: str, store: Store, request: Fields) -> Fields:
    """Describe one, by its name or its ARN."""
    [asked] = (v for k, v in request.items() if k in {*_names(prefix), "Arn"})
    for name, fields in store.standing.get(prefix, {}).items():
        if asked in {name, fields["Arn"]}:
            members = model.members(model.output_shape(f"Describe{prefix}"))
            return {member: fields[member] for member in members if member in fields}
    raise AwsError("ResourceNotFound", "Requested resource not found.")


def listed(prefix: str, store: Store, _request: Fields) -> Fields:
    """List all on one page."""
    rows, members = model.summary_members(f"List{prefix}s")
    every = store.standing.get(prefix, {}).values()
    return {rows: [{m: fields[m] for m in members if m in fields} for fields in every]}


OPERATIONS: dict[str, Operation] = {
    f"{verb}{prefix}{plural}": partial(call, prefix)
    for prefix in _MADE
    for verb, plural, call in (
        ("Create", "", create),
        ("Describe", "", describe),
        ("List", "s", listed),
    )
}
