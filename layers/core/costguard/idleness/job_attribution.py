"""Which notebook launched which job: by tag, by base name, by owner."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime
from itertools import accumulate

from costguard.ownership.directory import Directory
from costguard.resources.activity import Activity, KeepRequest, LaunchedJob
from costguard.resources.model import Resource
from costguard.resources.naming import base_name
from costguard.resources.registry import KINDS, is_notebook

type EndedJob = tuple[Resource, datetime]


def with_activity(
    fleet: tuple[Resource, ...],
    seen: Mapping[str, Activity],
    ended: Iterable[EndedJob],
    kept: Mapping[str, tuple[KeepRequest, ...]],
    directory: Directory,
) -> tuple[Resource, ...]:
    """Attach its activity and its jobs to every notebook that was observed."""
    notebooks = NotebookIndex([r for r in fleet if is_notebook(r)], directory)
    jobs: dict[str, list[LaunchedJob]] = {}
    running = [(r, None) for r in fleet if KINDS[r.kind].is_job]
    for job, end in (*running, *ended):
        for notebook in notebooks.of(job):
            launched = LaunchedJob(KINDS[job.kind].title, job.name, end)
            jobs.setdefault(notebook.ref.key, []).append(launched)

    def known(notebook: Resource) -> Resource:
        key = notebook.ref.key
        if key not in seen:
            return notebook
        activity = replace(seen[key], jobs=tuple(jobs.get(key, ())), kept=kept.get(key, ()))
        return replace(notebook, activity=activity)

    return tuple(known(r) if is_notebook(r) else r for r in fleet)


class NotebookIndex:
    """Finds the notebooks that a job may come from."""

    def __init__(self, notebooks: Iterable[Resource], directory: Directory) -> None:
        self._owner = directory.owner
        self._named: dict[str, list[Resource]] = defaultdict(list)
        self._owned: dict[str | None, list[Resource]] = defaultdict(list)
        for notebook in notebooks:
            for word in {notebook.name.casefold(), notebook.arn.casefold()}:
                self._named[word].append(notebook)
            self._owned[self._owner(notebook).name].append(notebook)

    def of(self, job: Resource) -> list[Resource]:
        """Find the one that a tag or the base name names; else all notebooks of the job's owner.

        When in doubt a job keeps several notebooks: that costs a little, a wrong stop costs more.
        """
        words = {value.strip().casefold() for value in (job.tags or {}).values()}
        parts = base_name(job.name).casefold().split("-")
        words |= set(accumulate(parts, "{}-{}".format))  # `doejohn-explore-xgboost` begins so
        found = {n.arn: n for word in words for n in self._named.get(word, ())}
        if found:
            return list(found.values())
        owner = self._owner(job).name
        return [] if owner is None else self._owned.get(owner, [])
