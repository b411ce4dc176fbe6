"""Several calls at once: a sweep mostly waits for answers."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from costguard.common.concurrency import Task

_AT_ONCE = 8
"""Calls in flight: fewer than a client has connections; its retries adapt to throttling."""


def run_concurrently(tasks: Iterable[Task]) -> list[Exception]:
    """Do everything, a few at a time; answer what went wrong."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [error for error in pool.map(_attempt, tasks) if error is not None]


def _attempt(task: Task) -> Exception | None:
    """Do one thing; answer what went wrong."""
    try:
        task()
    except Exception as exc:  # noqa: BLE001 - it is raised when the others are done
        return exc
    return None
