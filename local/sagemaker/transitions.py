"""The legal transitions of notebooks, jobs and endpoints, as tables.

Notebook transitions: StopNotebookInstance, StartNotebookInstance, DeleteNotebookInstance and
UpdateNotebookInstance in the API reference, and the texts quoted in
amazon-sagemaker-examples issues 1094 and 1798. Job transitions: DescribeTrainingJob.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotebookCall:
    """A notebook call: its allowed statuses, the status in between, the final one, its timing."""

    allowed: tuple[str, ...]
    through: str
    final: str | None
    timing: str


NOTEBOOK_CALLS = {
    "Start": NotebookCall(("Stopped", "Failed"), "Pending", "InService", "notebook_pending"),
    "Stop": NotebookCall(("InService",), "Stopping", "Stopped", "notebook_stopping"),
    "Update": NotebookCall(("Stopped",), "Updating", "Stopped", "notebook_updating"),
    "Delete": NotebookCall(("Stopped", "Failed"), "Deleting", None, "notebook_deleting"),
}

NOTEBOOK_TRANSITIONS = {
    None: {"Pending"},
    "Pending": {"InService", "Failed"},
    "InService": {"Stopping"},
    "Stopping": {"Stopped", "Failed"},
    "Stopped": {"Pending", "Updating", "Deleting"},
    "Updating": {"Stopped", "Failed"},
    "Failed": {"Pending", "Deleting"},
    "Deleting": {"Deleted"},
    "Deleted": set(),
}

JOB_TRANSITIONS = {
    None: {"InProgress"},
    "InProgress": {"InProgress", "Stopping", "Completed", "Failed"},
    "Stopping": {"Stopped", "Failed"},
    "Completed": set(),
    "Failed": set(),
    "Stopped": set(),
}

ENDPOINT_TRANSITIONS = {
    None: {"Creating"},
    "Creating": {"InService", "Failed"},
    "InService": {"Updating", "SystemUpdating", "Deleting"},
    "Updating": {"InService", "RollingBack"},
    "SystemUpdating": {"InService"},
    "RollingBack": {"InService", "UpdateRollbackFailed"},
    "UpdateRollbackFailed": {"Updating", "Deleting"},
    "Failed": {"Deleting"},
    "Deleting": {"Deleted"},
    "Deleted": set[str](),
}

FINAL_JOB_STATUSES = frozenset({"Completed", "Failed", "Stopped"})
"""Statuses a job never leaves."""

ACTIVE_JOB_STATUSES = frozenset({"InProgress", "Stopping"})


def is_legal(moves: dict[str | None, set[str]], before: str | None, after: str) -> bool:
    """Whether a table allows this change of status."""
    return after in moves.get(before, set())
