"""The legal moves of notebooks and jobs, as tables.

Notebook moves: StopNotebookInstance, StartNotebookInstance, DeleteNotebookInstance and
UpdateNotebookInstance in the API reference, and the texts quoted in
amazon-sagemaker-examples issues 1094 and 1798. Job moves: DescribeTrainingJob.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """A notebook call: the statuses it is allowed in, what it passes through, where it ends."""

    allowed: tuple[str, ...]
    through: str
    ends: str | None
    lasts: str


NOTEBOOK_CALLS = {
    "Start": Move(("Stopped", "Failed"), "Pending", "InService", "notebook_pending"),
    "Stop": Move(("InService",), "Stopping", "Stopped", "notebook_stopping"),
    "Update": Move(("Stopped",), "Updating", "Stopped", "notebook_updating"),
    "Delete": Move(("Stopped", "Failed"), "Deleting", None, "notebook_deleting"),
}

NOTEBOOK_MOVES = {
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

JOB_MOVES = {
    None: {"InProgress"},
    "InProgress": {"InProgress", "Stopping", "Completed", "Failed"},
    "Stopping": {"Stopped", "Failed"},
    "Completed": set(),
    "Failed": set(),
    "Stopped": set(),
}

JOB_ENDS = frozenset({"Completed", "Failed", "Stopped"})
"""Statuses a job never leaves."""

ACTIVE_JOBS = frozenset({"InProgress", "Stopping"})


def is_legal(moves: dict[str | None, set[str]], before: str | None, after: str) -> bool:
    """Say whether a table allows this change of status."""
    return after in moves.get(before, set())
