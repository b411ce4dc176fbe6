"""Who created what is looked at, as CloudTrail told: a fact like any other, for the rules."""

from collections.abc import Iterable
from copy import replace

from costguard.app.ports import GuardPorts
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import kind_of_arn


def with_creators(ports: GuardPorts, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Attach their creators to resources; without a roster nobody asks who it was."""
    listed = tuple(resources)
    if not ports.policy.people or not listed:
        return listed
    known = ports.creators.who_created([_maker_of(resource) for resource in listed])
    return tuple(replace(r, creator=known.get(_maker_of(r).key)) for r in listed)


def _maker_of(resource: Resource) -> ResourceRef:
    """Name what somebody created: of a job that SageMaker made for another, that one."""
    kind = kind_of_arn(resource.parent) if resource.parent else None
    if resource.parent is None or kind is None:
        return resource.ref
    return ResourceRef(kind.name, kind.identity.name_in_arn(resource.parent))
