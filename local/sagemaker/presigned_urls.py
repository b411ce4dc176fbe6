"""A way into notebooks: presigned URLs, and the scripts that run at their start."""

import secrets
from typing import Any

from local.sagemaker.errors import AwsError, invalid
from local.sagemaker.kinds import NOTEBOOK
from local.sagemaker.store import Operation, Store

SESSION_LASTS = 43200  # seconds, where the request does not say


def presign(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Give a URL that opens a notebook (CreatePresignedNotebookInstanceUrl).

    AWS's text for one that is not in service is not known.
    """
    notebook = store.find(NOTEBOOK, asked["NotebookInstanceName"])
    if notebook.status != "InService":
        raise invalid(f"Notebook Instance ({notebook.arn}) is not InService")
    seconds = asked.get("SessionExpirationDurationInSeconds", SESSION_LASTS)
    nobody = f"https://{notebook.fields['Url']}?authToken={secrets.token_urlsafe(24)}"
    return {"AuthorizedUrl": store.presign(notebook.name, seconds) or nobody}


def create(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Keep a lifecycle configuration."""
    name = asked["NotebookInstanceLifecycleConfigName"]
    arn = (
        f"arn:aws:sagemaker:{store.place.region}:{store.place.account_id}:"
        f"notebook-instance-lifecycle-config/{name.lower()}"
    )
    if name in store.lifecycles:
        raise invalid(f"Cannot create a duplicate Notebook Instance Lifecycle Config ({arn})")
    made = {"NotebookInstanceLifecycleConfigArn": arn, "CreationTime": store.now()}
    store.lifecycles[name] = asked | made
    return {"NotebookInstanceLifecycleConfigArn": arn}


def describe(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Tell of a lifecycle configuration."""
    return _find(store, asked)


def update(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Change a lifecycle configuration."""
    _find(store, asked).update(asked)
    return {}


def delete(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Forget a lifecycle configuration."""
    del store.lifecycles[_find(store, asked)["NotebookInstanceLifecycleConfigName"]]
    return {}


def _find(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] | None = store.lifecycles.get(
        asked["NotebookInstanceLifecycleConfigName"]
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
