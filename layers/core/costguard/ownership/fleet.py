"""All running resources, grouped by owner once for each sweep instead of once for each resource."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import replace
from datetime import UTC, datetime
from functools import cached_property

from msgspec import Struct

from costguard.ownership.directory import Directory, Owner, Person
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from costguard.resources.registry import kind_of_arn, runs_by_children

_UNKNOWN = (InstanceGroup(None, None),)
_START = datetime.min.replace(tzinfo=UTC)


class Fleet(Struct, frozen=True, dict=True):
    """Running resources, and the people they may belong to."""

    resources: tuple[Resource, ...]
    directory: Directory

    def upto(self, resource: Resource, person: Person) -> tuple[Resource, ...]:
        """Return a person's charged resources up to this one, oldest first."""
        theirs = self.charged_to(person)
        return theirs[: bisect_right(theirs, _age(resource), key=_age)]

    def charged_to(self, person: Person) -> tuple[Resource, ...]:
        """Return all resources that a person is charged for, oldest first."""
        return self._of.get(person, ())

    def with_instances(self, resource: Resource) -> Resource:
        """Count the instances of a parent's children; other resources are returned unchanged."""
        known = self._parents.get(resource.ref.key)
        return (
            replace(resource, groups=known.groups, instances=known.instances) if known else resource
        )

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
