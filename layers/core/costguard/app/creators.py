"""The creators of resources according to CloudTrail, as a fact for the rules."""

from collections.abc import Iterable
from copy import replace

from costguard.app.ports import GuardPorts
from costguard.ownership.creator import Creator
from costguard.resources.model import Resource
from costguard.resources.registry import owned_ref


def with_creators(ports: GuardPorts, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Attach the creators to resources; not needed without a roster."""
    listed = tuple(resources)
    if not ports.policy.directory.people or not listed:
        return listed
    known = ports.creators.who_created([owned_ref(resource) for resource in listed])
    return tuple(replace(r, creator=login_of(known.get(owned_ref(r).key), r)) for r in listed)


def login_of(known: Creator | None, resource: Resource) -> str | None:
    """Name who made it; None for the creator of an earlier one of the same name."""
    return known.login if known and known.made(resource.created) else None
