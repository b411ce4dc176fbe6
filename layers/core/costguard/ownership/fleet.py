"""Everything that runs, sorted by owner once a sweep and not once a resource."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property

from msgspec import Struct

from costguard.ownership.directory import Directory, Owner, Person
from costguard.resources.model import Resource
from costguard.resources.registry import kind_of_arn

_START = datetime.min.replace(tzinfo=UTC)


class Fleet(Struct, frozen=True, dict=True):
    """What runs, and the people it may belong to."""

    resources: tuple[Resource, ...]
    directory: Directory

    def upto(self, resource: Resource, person: Person) -> tuple[Resource, ...]:
        """Give what a person is charged for, oldest first, no newer than this resource."""
        theirs = self.charged_to(person)
        return theirs[: bisect_right(theirs, _age(resource), key=_age)]

    def charged_to(self, person: Person) -> tuple[Resource, ...]:
        """Give everything that a person is charged for, oldest first."""
        return self._of.get(person, ())

    @cached_property
    def of_nobody_known(self) -> Mapping[str, tuple[Resource, ...]]:
        """Everything that nobody is charged for, by the name that it claims; empty for none."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource, owner in self.owners:
            if owner.charged is None:
                found[owner.name or ""].append(resource)
        return {name: tuple(theirs) for name, theirs in found.items()}

    @cached_property
    def _of(self) -> Mapping[Person, tuple[Resource, ...]]:
        """Everything by the person who is charged for it."""
        found: dict[Person, list[Resource]] = defaultdict(list)
        for resource, owner in self.owners:
            if owner.charged:
                found[owner.charged].append(resource)
        return {person: tuple(theirs) for person, theirs in found.items()}

    @cached_property
    def owners(self) -> tuple[tuple[Resource, Owner], ...]:
        """Everything with its owner, oldest first; what waits for instances does not run."""
        running = (r for r in self.resources if not r.waits)
        return tuple((r, self.directory.owner(r)) for r in sorted(running, key=_age))


def _age(resource: Resource) -> tuple[datetime, str]:
    return (resource.started or resource.created or _START, resource.arn)


def without_children(everything: Iterable[Resource]) -> tuple[Resource, ...]:
    """Leave out the children whose parent is judged."""
    return tuple(r for r in everything if r.parent is None or kind_of_arn(r.parent) is None)
