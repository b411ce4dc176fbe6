"""All running resources, grouped by owner once for each sweep instead of once for each resource."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import Any

from msgspec import Struct

from costguard.ownership.directory import Directory, Owner, Person
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from costguard.resources.registry import KINDS, kind_of_arn, runs_by_children

_UNKNOWN = (InstanceGroup(None, None),)
_START = datetime.min.replace(tzinfo=UTC)


class UpTo(Struct, frozen=True):
    """The oldest of a person's resources, up to one of them; sums that are asked for are kept."""

    theirs: tuple[Resource, ...] = ()  # all of the person, oldest first
    number: int = 0
    sums: dict[str, tuple[Any, ...]] = {}  # of each length, by the name of the amount

    def __len__(self) -> int:
        """Count them."""
        return self.number

    def first(self, most: int) -> tuple[Resource, ...]:
        """Return the oldest of them."""
        return self.theirs[: min(most, self.number)]

    def sum[N: (int, Decimal)](self, name: str, amount: Callable[[Resource], N]) -> N:
        """Add up an amount; each resource is asked for it once, however long the list is."""
        if name not in self.sums:
            self.sums[name] = (0, *accumulate(map(amount, self.theirs)))
        total: N = self.sums[name][self.number]
        return total


class Fleet(Struct, frozen=True, dict=True):
    """Running resources, and the people they may belong to."""

    resources: tuple[Resource, ...]
    directory: Directory

    def upto(self, resource: Resource, person: Person) -> UpTo:
        """Return a person's charged resources up to this one, oldest first."""
        theirs = self.charged_to(person)
        number = bisect_right(theirs, _age(resource), key=_age)
        return UpTo(theirs, number, self._sums.setdefault(person, {}))

    @cached_property
    def _sums(self) -> dict[Person, dict[str, tuple[Any, ...]]]:
        return {}

    def charged_to(self, person: Person) -> tuple[Resource, ...]:
        """Return all resources that a person is charged for, oldest first."""
        return self._of.get(person, ())

    def in_context(self, resource: Resource) -> Resource:
        """Add what only the others tell: a parent's instances, a pipeline's jobs, a job's pipeline.

        Any other resource is returned unchanged.
        """
        if known := self._parents.get(resource.ref.key):
            return replace(resource, groups=known.groups, instances=known.instances)
        if resource.steps is not None and resource.jobs is None:
            found = (self._by_arn.get(arn.lower()) for arn in resource.steps)
            return replace(resource, jobs=tuple(filter(None, found)))
        run = self._runs_of_steps.get(resource.arn.lower())
        return replace(resource, parent=run) if run else resource

    def is_step(self, resource: Resource) -> bool:
        """Tell whether AWS lists a job as a step of a run, which is then judged by it."""
        return resource.arn.lower() in self._runs_of_steps

    @cached_property
    def _by_arn(self) -> Mapping[str, Resource]:
        return {each.arn.lower(): each for each in self.resources if KINDS[each.kind].is_job}

    @cached_property
    def _runs_of_steps(self) -> Mapping[str, str]:
        """The ARN of the run of a pipeline that runs a job, by the job's."""
        running = (each for each in self.resources if each.status is ResourceStatus.RUNNING)
        named = ((arn.lower(), run) for run in running for arn in run.steps or ())
        return {arn: run.arn for arn, run in named if arn in self._by_arn}

    @cached_property
    def _parents(self) -> Mapping[str, Resource]:
        """The resources whose children run the instances, by key."""
        return {each.ref.key: each for each in self.resources if runs_by_children(each)}

    @cached_property
    def of_nobody_known(self) -> Mapping[str, tuple[Resource, ...]]:
        """The resources without a charged person, by claimed name; empty for no name."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource, owner in self.owners:
            if owner.charged is None:
                found[owner.name or ""].append(resource)
        return {name: tuple(theirs) for name, theirs in found.items()}

    @cached_property
    def _of(self) -> Mapping[Person, tuple[Resource, ...]]:
        """The resources by the person who is charged for them."""
        found: dict[Person, list[Resource]] = defaultdict(list)
        for resource, owner in self.owners:
            if owner.charged:
                found[owner.charged].append(resource)
        return {person: tuple(theirs) for person, theirs in found.items()}

    @cached_property
    def owners(self) -> tuple[tuple[Resource, Owner], ...]:
        """The running resources with their owners, oldest first; none that waits to start."""
        there = (r for r in self.resources if r.status is ResourceStatus.RUNNING)
        running = (r for r in there if not r.waits)
        return tuple((r, self.directory.owner(r)) for r in sorted(running, key=_age))


def _age(resource: Resource) -> tuple[datetime, str]:
    return (resource.started or resource.created or _START, resource.arn)


def without_children(everything: Iterable[Resource]) -> tuple[Resource, ...]:
    """Leave out children whose parent is evaluated; some parents get their instances."""
    children, judged = defaultdict[str, list[Resource]](list), list[Resource]()
    for resource in everything:
        if resource.parent is None or kind_of_arn(resource.parent) is None:
            judged.append(resource)
        else:
            children[resource.parent.lower()].append(resource)
    return tuple(
        _with_instances(each, children[each.arn.lower()]) if runs_by_children(each) else each
        for each in judged
    )


def _with_instances(parent: Resource, children: list[Resource]) -> Resource:
    """Count the instances of a parent's children; its own definition has the types."""
    counts = [child.instances for child in children]
    known = [count for count in counts if count is not None]
    return replace(
        parent,
        groups=parent.groups or tuple(g for each in children for g in each.groups or _UNKNOWN),
        instances=sum(known) if len(known) == len(counts) else None,
    )
