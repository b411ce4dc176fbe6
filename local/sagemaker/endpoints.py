"""Endpoint configurations, endpoints and inference components.

An endpoint answers with its variants' counts; their types stand in its configuration alone
(ProductionVariantSummary). During an update both fleets run (PendingDeploymentSummary). Texts:
as the AWS controllers, moto and amazon-sagemaker-examples quote them; that DeleteEndpoint refuses
an update in progress in the same words as UpdateEndpoint is assumed.
"""

from functools import partial
from typing import Any

from local.sagemaker import models
from local.sagemaker.errors import invalid
from local.sagemaker.jobs import describe
from local.sagemaker.kinds import COMPONENT, ENDPOINT, ENDPOINT_CONFIG, HOSTING, Kind
from local.sagemaker.pagination import lister
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map

_FLEETS = ("ProductionVariants", "ShadowProductionVariants")
_IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def _add(store: Store, kind: Kind, request: dict[str, Any], status: str, **fields: Any) -> Resource:
    name = request[kind.name_field]
    if taken := store.find_any_case(kind, name):
        raise invalid(f'Cannot create already existing {kind.words} "{taken.arn}".')
    tags = as_map(request["Tags"]) if request.get("Tags") else None
    own = {member: value for member, value in request.items() if member != "Tags"}
    return store.add(kind, name, own | fields, status=status, tags=tags)


def _create_config(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Create a configuration of models that exist: it is there at once, and costs nothing."""
    for variant in request["ProductionVariants"]:
        if model := variant.get("ModelName"):
            models.describe(store, {"ModelName": model})
    return {"EndpointConfigArn": _add(store, ENDPOINT_CONFIG, request, "Created").arn}


def _delete_config(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    store.change(store.find(ENDPOINT_CONFIG, request["EndpointConfigName"]), "Deleted")
    return {}


def _create(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Create an endpoint from a configuration that exists (CreateEndpoint)."""
    config = store.find(ENDPOINT_CONFIG, request["EndpointConfigName"])
    endpoint = _add(store, ENDPOINT, request, "Creating", **_deployed(config))
    store.schedule(endpoint, store.pace.endpoint_creating, partial(_arrive, status="InService"))
    return {"EndpointArn": endpoint.arn}


def _update(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Deploy another configuration beside the one that serves, then let it take over."""
    endpoint = _idle_endpoint(store, request)
    config = store.find(ENDPOINT_CONFIG, request["EndpointConfigName"])
    fleet = {
        name: [_summary(each) | _type(each) for each in config.fields[name]]
        for name in _FLEETS
        if name in config.fields
    }
    pending = {"EndpointConfigName": config.name, "StartTime": store.now(), **fleet}
    store.change(endpoint, "Updating", PendingDeploymentSummary=pending)

    def take_over(store: Store, endpoint: Resource) -> None:
        endpoint.fields.pop("PendingDeploymentSummary", None)
        store.change(endpoint, "InService", EndpointConfigName=config.name, **_deployed(config))

    store.schedule(endpoint, store.pace.endpoint_updating, take_over)
    return {"EndpointArn": endpoint.arn}


def _resize(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    endpoint = _idle_endpoint(store, request)
    wanted = {each["VariantName"]: each for each in request["DesiredWeightsAndCapacities"]}
    variants = [dict(each) for each in endpoint.fields["ProductionVariants"]]
    for variant in variants:
        asked = wanted.get(variant["VariantName"], {})
        variant["DesiredInstanceCount"] = asked.get(
            "DesiredInstanceCount", variant.get("DesiredInstanceCount")
        )
    store.change(endpoint, "Updating", ProductionVariants=variants)

    def arrive(store: Store, endpoint: Resource) -> None:
        done = [each | {"CurrentInstanceCount": each["DesiredInstanceCount"]} for each in variants]
        store.change(endpoint, "InService", ProductionVariants=done)

    store.schedule(endpoint, store.pace.endpoint_updating, arrive)
    return {"EndpointArn": endpoint.arn}


def _delete(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Delete an endpoint; its configuration and its models stay (DeleteEndpoint)."""
    endpoint = _idle_endpoint(store, request)
    endpoint.generation += 1
    store.change(endpoint, "Deleting")
    store.schedule(endpoint, store.pace.endpoint_deleting, partial(_arrive, status="Deleted"))
    return {}


def _create_component(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    endpoint = store.find(ENDPOINT, request["EndpointName"])
    copies = request.get("RuntimeConfig", {}).get("CopyCount", 1)
    runtime = {"DesiredCopyCount": copies, "CurrentCopyCount": copies}
    of = {"EndpointArn": endpoint.arn, "RuntimeConfig": runtime}
    return {"InferenceComponentArn": _add(store, COMPONENT, request, "InService", **of).arn}


def _delete_component(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    component = store.find(COMPONENT, request["InferenceComponentName"])
    store.change(component, "Deleting")
    store.schedule(component, store.pace.endpoint_deleting, partial(_arrive, status="Deleted"))
    return {}


def _set_copies(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Ask for so many copies; they are there at once."""
    component = store.find(COMPONENT, request["InferenceComponentName"])
    copies = request["DesiredRuntimeConfig"]["CopyCount"]
    runtime = {"DesiredCopyCount": copies, "CurrentCopyCount": copies}
    store.change(component, "InService", RuntimeConfig=runtime)
    return {"InferenceComponentArn": component.arn}


def _idle_endpoint(store: Store, request: dict[str, Any]) -> Resource:
    endpoint = store.find(ENDPOINT, request["EndpointName"])
    if endpoint.status in _IN_PROGRESS:
        raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    return endpoint


def _arrive(store: Store, endpoint: Resource, *, status: str) -> None:
    store.change(endpoint, status)


def _deployed(config: Resource) -> dict[str, Any]:
    fields = {
        name: [_summary(each) for each in config.fields[name]]
        for name in _FLEETS
        if name in config.fields
    }
    queue = config.fields.get("AsyncInferenceConfig")
    return fields | ({"AsyncInferenceConfig": queue} if queue else {})


def _summary(variant: dict[str, Any]) -> dict[str, Any]:
    """Describe a variant of a configuration as an endpoint does: without its instance type."""
    named = {"VariantName": variant["VariantName"]}
    if serverless := variant.get("ServerlessConfig"):
        return named | {"CurrentServerlessConfig": serverless}
    count = variant.get("InitialInstanceCount", 1)
    return named | {"CurrentInstanceCount": count, "DesiredInstanceCount": count}


def _type(variant: dict[str, Any]) -> dict[str, Any]:
    return {name: variant[name] for name in ("InstanceType",) if name in variant}


OPERATIONS: dict[str, Operation] = {
    "CreateEndpointConfig": _create_config,
    "DeleteEndpointConfig": _delete_config,
    "CreateEndpoint": _create,
    "UpdateEndpoint": _update,
    "UpdateEndpointWeightsAndCapacities": _resize,
    "DeleteEndpoint": _delete,
    "CreateInferenceComponent": _create_component,
    "DeleteInferenceComponent": _delete_component,
    "UpdateInferenceComponentRuntimeConfig": _set_copies,
    **{f"Describe{kind.prefix}": partial(describe, kind) for kind in HOSTING},
    **{f"List{kind.prefix}s": lister(kind) for kind in HOSTING},
}
