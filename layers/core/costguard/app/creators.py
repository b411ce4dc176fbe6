"""The creators of resources according to CloudTrail, as a fact for the rules."""

from collections.abc import Iterable
from copy import replace

from costguard.app.ports import GuardPorts
from costguard.resources.model import Resource
from costguard.resources.registry import owned_ref


def with_creators(ports: GuardPorts, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Attach the creators to resources; not needed without a roster."""
    listed = tuple(resources)
    if not ports.policy.people or not listed:
        return listed
    known = ports.creators.who_created([owned_ref(resource) for resource in listed])
    return tuple(replace(r, creator=known.get(owned_ref(r).key)) for r in listed)
