"""Everything that runs, sorted by owner once a sweep and not once a resource."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property

from msgspec import Struct

from costguard.ownership.directory import Directory, fold_name
from costguard.resources.model import Resource
from costguard.resources.registry import kind_of_arn

_START = datetime.min.replace(tzinfo=UTC)


class Fleet(Struct, frozen=True, dict=True):
    """What runs, and the people it may belong to."""

    resources: tuple[Resource, ...]
    directory: Directory

    def upto(self, resource: Resource, owner: str) -> tuple[Resource, ...]:
        """Give what an owner runs, oldest first, no newer than this resource."""
        theirs = self._of.get(fold_name(owner), ())
        return theirs[: bisect_right(theirs, _age(resource), key=_age)]

    @cached_property
    def _of(self) -> Mapping[str, tuple[Resource, ...]]:
        """Everything by its owner's folded name."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in sorted(self.resources, key=_age):
            found[fold_name(self.directory.owner(resource).name or "")].append(resource)
        return {owner: tuple(theirs) for owner, theirs in found.items()}


def _age(resource: Resource) -> tuple[datetime, str]:
    return (resource.started or resource.created or _START, resource.arn)


def without_children(everything: Iterable[Resource]) -> tuple[Resource, ...]:
    """Leave out the children whose parent is judged."""
    return tuple(r for r in everything if r.parent is None or kind_of_arn(r.parent) is None)
