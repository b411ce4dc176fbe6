"""Several calls at once: a sweep mostly waits for answers."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from costguard.common.concurrency import Task

_AT_ONCE = 8
"""Calls in flight: fewer than a client has connections; its retries adapt to throttling."""


def run_concurrently(tasks: Iterable[Task]) -> list[Exception]:
    """Run all tasks, a few at a time; return the errors, in the order of the tasks.

    A few workers take one task after another. A future for each task would cost more than most
    tasks of a sweep, which find no change and make no call.
    """
    waiting = deque(enumerate(tasks))
    failed = dict[int, Exception]()

    def work() -> None:
        while True:
            try:
                place, task = waiting.popleft()  # atomic: no other thread can interrupt it
            except IndexError:
                return
            try:
                task()
            except Exception as error:  # noqa: BLE001 - it is raised when the others are done
                failed[place] = error

    workers = min(_AT_ONCE, len(waiting))
    if workers:
        with ThreadPoolExecutor(workers) as pool:
            for each in [pool.submit(work) for _ in range(workers)]:
                each.result()
    return [failed[place] for place in sorted(failed)]
