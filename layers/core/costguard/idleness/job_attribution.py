"""Which notebook launched which job: by tag, by base name, by owner."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime
from itertools import accumulate

from costguard.ownership.directory import Directory
from costguard.ownership.spelling import owner_key
from costguard.resources.activity import Activity, KeepRequest, LaunchedJob
from costguard.resources.model import Resource
from costguard.resources.naming import base_name, two_names
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
        self._directory = directory
        self._named: dict[tuple[str, str], list[Resource]] = defaultdict(list)  # by place and word
        self._owned: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for notebook in notebooks:
            for word in {notebook.name.casefold(), notebook.arn.casefold()}:
                self._named[notebook.place, word].append(notebook)
            for word in self._owners(notebook):
                self._owned[notebook.place, word].append(notebook)

    def of(self, job: Resource) -> list[Resource]:
        """Find the notebook in a tag or the base name; otherwise all notebooks of the job's owner.

        It is one of the account and the Region in which the job runs.

        If in doubt, a job keeps several notebooks running: a wrong stop would cost more.
        """
        words = {value.strip().casefold() for value in (job.tags or {}).values()}
        parts = base_name(job.name).casefold().split("-")
        words |= set(accumulate(parts, "{}-{}".format))  # `doejohn-explore-xgboost` begins so
        found = {n.arn: n for word in words for n in self._named.get((job.place, word), ())}
        if found:
            return list(found.values())
        parts = base_name(job.name).split("-")
        owners = self._owners(job) or {owner_key(part) for part in parts if two_names(part)}
        owned = (n for word in owners for n in self._owned.get((job.place, word), ()))
        return list({n.arn: n for n in owned}.values())

    def _owners(self, resource: Resource) -> set[str]:
        """Return the keys of all possible owners."""
        owner = self._directory.owner(resource)
        names = map(self._directory.label, owner.people) if owner.people else (owner.name,)
        return {owner_key(name) for name in names if name}
