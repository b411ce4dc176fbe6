"""Presigned URLs of notebooks, and lifecycle configurations."""

import secrets
from typing import Any

from local.sagemaker.errors import AwsError, invalid
from local.sagemaker.kinds import NOTEBOOK
from local.sagemaker.store import Operation, Store

SESSION_LASTS = 43200  # seconds, where the request does not say


def presign(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Return a URL that opens a notebook (CreatePresignedNotebookInstanceUrl).

    AWS's text for one that is not in service is not known.
    """
    notebook = store.find(NOTEBOOK, request["NotebookInstanceName"])
    if notebook.status != "InService":
        raise invalid(f"Notebook Instance ({notebook.arn}) is not InService")
    seconds = request.get("SessionExpirationDurationInSeconds", SESSION_LASTS)
    unanswered_url = f"https://{notebook.fields['Url']}?authToken={secrets.token_urlsafe(24)}"
    return {"AuthorizedUrl": store.presign(notebook.name, seconds) or unanswered_url}


def create(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Create a lifecycle configuration."""
    name = request["NotebookInstanceLifecycleConfigName"]
    arn = (
        f"arn:aws:sagemaker:{store.place.region}:{store.place.account_id}:"
        f"notebook-instance-lifecycle-config/{name.lower()}"
    )
    if name in store.lifecycles:
        raise invalid(f"Cannot create a duplicate Notebook Instance Lifecycle Config ({arn})")
    details = {"NotebookInstanceLifecycleConfigArn": arn, "CreationTime": store.now()}
    store.lifecycles[name] = request | details
    return {"NotebookInstanceLifecycleConfigArn": arn}


def describe(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a lifecycle configuration."""
    return _find(store, request)


def update(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Change a lifecycle configuration."""
    _find(store, request).update(request)
    return {}


def delete(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a lifecycle configuration."""
    del store.lifecycles[_find(store, request)["NotebookInstanceLifecycleConfigName"]]
    return {}


def _find(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] | None = store.lifecycles.get(
        request["NotebookInstanceLifecycleConfigName"]
    )
    if found is None:
        raise AwsError("ValidationException", "RecordNotFound")
    return found


_CONFIG = "NotebookInstanceLifecycleConfig"
OPERATIONS: dict[str, Operation] = {
    "CreatePresignedNotebookInstanceUrl": presign,
    f"Create{_CONFIG}": create,
    f"Describe{_CONFIG}": describe,
    f"Update{_CONFIG}": update,
    f"Delete{_CONFIG}": delete,
}
