"""Notebook instances: create, start, stop, update, delete."""

from functools import partial
from hashlib import sha256
from typing import Any

from local.sagemaker.errors import duplicate_notebook, wrong_state
from local.sagemaker.kinds import NOTEBOOK
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map
from local.sagemaker.transitions import NOTEBOOK_CALLS, Move

_DEFAULTS = {
    "VolumeSizeInGB": 5,
    "DirectInternetAccess": "Enabled",
    "RootAccess": "Enabled",
    "PlatformIdentifier": "notebook-al2-v3",
    "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
}
_RENAMED = {
    "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    "SecurityGroupIds": "SecurityGroups",
}
_DISASSOCIATED = {
    "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
}


def create(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Create a notebook; it starts by itself (CreateNotebookInstance)."""
    name = asked["NotebookInstanceName"]
    if taken := store.named(NOTEBOOK, name):
        raise duplicate_notebook(taken.arn)
    fields = _DEFAULTS | _renamed(asked)
    fields["Url"] = f"{name.lower()}.notebook.{store.place.region}.sagemaker.aws"
    if "SubnetId" in fields:
        fields["NetworkInterfaceId"] = f"eni-0{sha256(name.encode()).hexdigest()[:16]}"
    tags = as_map(asked["Tags"]) if asked.get("Tags") else None
    notebook = store.add(NOTEBOOK, name, fields, status="Pending", tags=tags)
    store.later(notebook, store.pace.notebook_pending, partial(_arrive, status="InService"))
    return {"NotebookInstanceArn": notebook.arn}


def move(call: str, store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Start, stop, update or delete, where the status allows it."""
    notebook = store.find(NOTEBOOK, asked["NotebookInstanceName"])
    legal = NOTEBOOK_CALLS[call]
    if notebook.status not in legal.allowed:
        raise wrong_state(notebook.status, legal.allowed, legal.through, notebook.arn)
    if call == "Update":
        _update(notebook, asked)
    _set_off(store, notebook, legal)
    return {}


def _set_off(store: Store, notebook: Resource, legal: Move) -> None:
    notebook.turn += 1
    store.change(notebook, legal.through)
    arrive = partial(_arrive, status=legal.ends or "Deleted")
    store.later(notebook, getattr(store.pace, legal.lasts), arrive)


def _arrive(store: Store, notebook: Resource, *, status: str) -> None:
    store.change(notebook, status)


def _update(notebook: Resource, asked: dict[str, Any]) -> None:
    for flag, field in _DISASSOCIATED.items():
        if asked.pop(flag, False):
            notebook.fields.pop(field, None)
    notebook.fields |= _renamed(asked)


def _renamed(asked: dict[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): value for name, value in asked.items() if name != "Tags"}


OPERATIONS: dict[str, Operation] = {
    "CreateNotebookInstance": create,
    **{f"{call}NotebookInstance": partial(move, call) for call in NOTEBOOK_CALLS},
}
