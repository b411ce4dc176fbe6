"""Models: what a transform job runs, and an endpoint. They cost nothing and have no status."""

from typing import Any

from local.sagemaker.errors import invalid
from local.sagemaker.store import Operation, Store


def create(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Create a model; a name is free again once deleted (astronomer-providers issue 1055)."""
    arn = _arn(store, request)
    if arn in store.models:
        raise invalid(f'Cannot create already existing model "{arn}".')
    told = {name: value for name, value in request.items() if name != "Tags"}
    defaults = {"EnableNetworkIsolation": False}
    store.models[arn] = defaults | told | {"ModelArn": arn, "CreationTime": store.now()}
    return {"ModelArn": arn}


def describe(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a model."""
    return _find(store, request)


def delete(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a model."""
    del store.models[_find(store, request)["ModelArn"]]
    return {}


def _find(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    arn = _arn(store, request)
    if arn not in store.models:
        raise invalid(f'Could not find model "{arn}".')  # the text: guess
    return store.models[arn]


def _arn(store: Store, request: dict[str, Any]) -> str:
    place, name = store.place, request["ModelName"].lower()
    return f"arn:aws:sagemaker:{place.region}:{place.account_id}:model/{name}"


OPERATIONS: dict[str, Operation] = {
    "CreateModel": create,
    "DescribeModel": describe,
    "DeleteModel": delete,
}
