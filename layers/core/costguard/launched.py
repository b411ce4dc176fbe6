"""Which notebook launched which job: by tag, by base name, by owner. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from costguard.activity import Activity, Job
from costguard.case import Case
from costguard.kinds import KINDS, NOTEBOOK
from costguard.model import Resource
from costguard.names import base_of
from costguard.people import Directory

type Ended = tuple[Resource, datetime]


def informed(
    fleet: tuple[Resource, ...],
    seen: Mapping[str, Activity],
    ended: Iterable[Ended],
    cases: Mapping[str, Case],
    directory: Directory,
) -> tuple[Resource, ...]:
    """Give every notebook that was looked at what is known of its activity, its jobs included."""
    notebooks = [r for r in fleet if r.kind == NOTEBOOK.name]
    jobs: dict[str, list[Job]] = {}
    running = [(r, None) for r in fleet if r.kind != NOTEBOOK.name]
    for job, end in (*running, *ended):
        for notebook in launchers(job, notebooks, directory):
            told = Job(KINDS[job.kind].title, job.name, end)
            jobs.setdefault(notebook.ref.key, []).append(told)

    def known(notebook: Resource) -> Resource:
        key = notebook.ref.key
        if key not in seen:
            return notebook
        kept = cases[key].kept if key in cases else ()
        activity = replace(seen[key], jobs=tuple(jobs.get(key, ())), kept=kept)
        return replace(notebook, activity=activity)

    return tuple(known(r) if r.kind == NOTEBOOK.name else r for r in fleet)


def launchers(job: Resource, notebooks: list[Resource], directory: Directory) -> list[Resource]:
    """Find the notebook that a tag or the base name names; else all notebooks of the job's owner.

    When in doubt a job keeps several notebooks: that costs a little, a wrong stop costs more.
    """
    values = {value.strip().casefold() for value in (job.tags or {}).values()}
    base = base_of(job.name).casefold()

    def named(notebook: Resource) -> bool:
        name = notebook.name.casefold()
        by_tag = name in values or notebook.arn.casefold() in values
        return by_tag or base == name or base.startswith(f"{name}-")

    if found := [notebook for notebook in notebooks if named(notebook)]:
        return found
    owner = directory.owner(job).name
    return [n for n in notebooks if owner is not None and directory.owner(n).name == owner]
