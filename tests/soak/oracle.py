"""What the policy's words say of a resource, read without any of the guard's code.

`must`: the policy wants it stopped once its grace is over. Where it is False the guard may stop
it, but nobody can demand that it knew.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import Any

from local.sagemaker.resource import Resource
from tests.soak.people import PEOPLE, People

_RUNS = {"InService", "InProgress"}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
type Jobs = Mapping[str, tuple[bool, datetime | None]]
_NOTEBOOK_NAME = re.compile(r"(?:(?P<team>[a-z]+)-)?[A-Z][a-z]+[A-Z][a-z]+-[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule of the policy that a resource breaks, and which time of breaking it this is."""

    rule: str
    must: bool = True
    since: datetime | None = None  # None: only the observer of violations knows
    which: str = ""


class Oracle:
    """Reads the policy's TOML itself."""

    def __init__(self, policy: str, people: People) -> None:
        self._people = people
        self.read(policy)

    def read(self, policy: str) -> None:
        """Go by another policy from now on."""
        self._policy: Mapping[str, Any] = tomllib.loads(policy)

    @property
    def max_stops(self) -> int:
        """The most stops at once."""
        return int(self._policy["max_stops"])

    def grace(self, rule: str, kind: str) -> timedelta:
        """Answer how long a warning runs before the stop."""
        own = self._policy["rules"][rule].get("grace")
        given = self._policy["grace"] if own is None else own
        return _span(given if isinstance(given, str) else given.get(kind, given["*"]))

    def offences(self, resource: Resource, now: datetime, jobs: Jobs) -> list[Violation]:
        """List what a resource does wrong, whether it runs or not."""
        found = self._broken(resource, now, jobs)
        return [each for each in found if not self._excused(resource, each.rule, now)]

    def excused(self, resource: Resource, now: datetime, jobs: Jobs) -> set[str]:
        """Name the rules that it breaks, and which do not hold for it now."""
        found = self._broken(resource, now, jobs)
        return {each.rule for each in found if self._excused(resource, each.rule, now)}

    def _broken(self, resource: Resource, now: datetime, jobs: Jobs) -> list[Violation]:
        if "TuningJobArn" in resource.fields or "AutoMLJobArn" in resource.fields:
            return []  # its parent answers for it
        return [
            *([Violation(rule="missing-tags")] if self._tags_wrong(resource) else []),
            *([Violation(rule="naming")] if self._name_wrong(resource) else []),
            *([Violation(rule="instance-type")] if self._type_wrong(resource) else []),
            *([Violation(rule="too-many")] if self._too_many(resource) else []),
            *([Violation(rule="long-running")] if self._too_long(resource) else []),
            *self._idle(resource, now, jobs),
        ]

    def _excused(self, resource: Resource, rule: str, now: datetime) -> bool:
        if self._policy["rules"][rule].get("mode", "enforce") != "enforce":
            return True
        return any(
            fnmatch(resource.name.lower(), name)
            for each in self._policy["exemptions"]
            for name in each["names"]
            if now < each["until"] and rule in each.get("rules", [rule])
        )

    def _tags_wrong(self, resource: Resource) -> bool:
        rule = self._policy["rules"]["missing-tags"]
        required = rule["required"].get(resource.kind.name, rule["required"]["*"])
        tags = resource.tags or {}
        if any(not tags.get(key, "").strip() for key in required):
            return True
        return tags["Project"].lower() not in rule["allowed"]["Project"]

    def _name_wrong(self, resource: Resource) -> bool:
        if resource.kind.name != "notebook-instance":
            return False
        found = _NOTEBOOK_NAME.fullmatch(resource.name)
        return not found or found["team"] not in {None, *self._policy["teams"]}

    def _type_wrong(self, resource: Resource) -> bool:
        allowed = self._policy["rules"]["instance-type"]["allowed"]
        types = [each["InstanceType"] for each in _machines(resource)]
        return any(not any(fnmatch(t, a) for a in allowed) for t in types)

    def _too_many(self, resource: Resource) -> bool:
        caps = self._policy["rules"]["too-many"]["per_job"]
        limits = resource.fields.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
        times = limits.get("MaxParallelTrainingJobs", 1)
        total = sum(each.get("InstanceCount", 1) * times for each in _machines(resource))
        return bool(total > caps.get(resource.kind.name, caps["*"]))

    def _too_long(self, resource: Resource) -> bool:
        fields = resource.fields.get("TrainingJobDefinition", resource.fields)
        asked = fields.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 0)
        limit = _span(self._policy["rules"]["long-running"]["limit"])
        return timedelta(seconds=asked) > limit

    def _idle(self, resource: Resource, now: datetime, jobs: Jobs) -> list[Violation]:
        if resource.kind.name != "notebook-instance" or resource.status != "InService":
            return []
        rule, life = self._policy["rules"]["idle"], self._people.notebook_use[resource.name]
        started = resource.fields["LastModifiedTime"]
        old = started + _span(rule["max_age"])
        if now >= old:
            return [Violation(rule="idle", since=old, which=f"age {started}")]
        if life.works(now):
            return []
        last = max(filter(None, (started, life.last(now))))
        works, ended = jobs.get(owner(resource), (False, None))
        quiet = max(filter(None, (last, ended))) + _span(rule["after"])
        if life.dark or now < last + _span(rule["after"]):
            return []
        must = not works and now >= quiet
        return [Violation(rule="idle", must=must, since=quiet, which=f"{last} {works} {ended}")]


def runs(resource: Resource) -> bool:
    """Tell whether something runs."""
    return resource.status in _RUNS


def at_work(resources: list[Resource]) -> Jobs:
    """Tell of everybody whether a job of theirs runs, and when the last one ended."""
    found: dict[str, tuple[bool, datetime | None]] = {}
    for job in (r for r in resources if r.kind.name != "notebook-instance"):
        works, ended = found.get(owner(job), (False, None))
        last = max(filter(None, (ended, job.fields.get(job.kind.ended))), default=None)
        found[owner(job)] = (works or runs(job), last)
    return found


def owner(resource: Resource) -> str:
    """Name whose it is: by its name, else by its tag."""
    named = (person for person in PEOPLE if _handle(person) in resource.name)
    return next(named, None) or (resource.tags or {}).get("Name", "")


def _machines(resource: Resource) -> list[dict[str, Any]]:
    """Find what a resource runs on, as far as AWS tells."""
    fields = resource.fields
    if "TrainingJobDefinition" in fields:
        fields = fields["TrainingJobDefinition"]
    where = (
        fields.get("ResourceConfig"),
        fields.get("ProcessingResources", {}).get("ClusterConfig"),
        fields.get("TransformResources"),
        fields if "NotebookInstanceName" in fields else None,
    )
    return [each for each in where if each]


def _handle(person: str) -> str:
    first, last = person.split()
    return f"{last}{first}"


def _span(text: str) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: float(text[:-1])})
