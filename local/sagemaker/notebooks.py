"""Notebook instances: create, start, stop, update, delete."""

from functools import partial
from hashlib import sha256
from typing import Any

from local.sagemaker.errors import duplicate_notebook, wrong_state
from local.sagemaker.kinds import NOTEBOOK
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map
from local.sagemaker.transitions import NOTEBOOK_CALLS, NotebookCall

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


def create(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Create a notebook; it starts by itself (CreateNotebookInstance)."""
    name = request["NotebookInstanceName"]
    if taken := store.find_any_case(NOTEBOOK, name):
        raise duplicate_notebook(taken.arn)
    fields = _DEFAULTS | _renamed(request)
    fields["Url"] = f"{name.lower()}.notebook.{store.place.region}.sagemaker.aws"
    if "SubnetId" in fields:
        fields["NetworkInterfaceId"] = f"eni-0{sha256(name.encode()).hexdigest()[:16]}"
    tags = as_map(request["Tags"]) if request.get("Tags") else None
    notebook = store.add(NOTEBOOK, name, fields, status="Pending", tags=tags)
    store.schedule(notebook, store.pace.notebook_pending, partial(_arrive, status="InService"))
    return {"NotebookInstanceArn": notebook.arn}


def move(call: str, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Start, stop, update or delete, where the status allows it."""
    notebook = store.find(NOTEBOOK, request["NotebookInstanceName"])
    transition = NOTEBOOK_CALLS[call]
    if notebook.status not in transition.allowed:
        raise wrong_state(notebook.status, transition.allowed, transition.through, notebook.arn)
    if call == "Update":
        _update(notebook, request)
    _begin_transition(store, notebook, transition)
    return {}


def _begin_transition(store: Store, notebook: Resource, transition: NotebookCall) -> None:
    notebook.generation += 1
    store.change(notebook, transition.through)
    arrive = partial(_arrive, status=transition.final or "Deleted")
    store.schedule(notebook, getattr(store.pace, transition.timing), arrive)


def _arrive(store: Store, notebook: Resource, *, status: str) -> None:
    store.change(notebook, status)


def _update(notebook: Resource, request: dict[str, Any]) -> None:
    for flag, field in _DISASSOCIATED.items():
        if request.pop(flag, False):
            notebook.fields.pop(field, None)
    notebook.fields |= _renamed(request)


def _renamed(request: dict[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): value for name, value in request.items() if name != "Tags"}


OPERATIONS: dict[str, Operation] = {
    "CreateNotebookInstance": create,
    **{f"{call}NotebookInstance": partial(move, call) for call in NOTEBOOK_CALLS},
}
