"""What a deleted resource was: enough to say what is gone, and to make it again."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus


class Remains(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of a resource that nothing answers any more once it is deleted."""

    arn: str
    created: datetime | None = None
    started: datetime | None = None
    groups: tuple[InstanceGroup, ...] | None = None
    instances: int | None = None
    tags: Mapping[str, str] = {}
    source: str | None = None
    creator: str | None = None
    profile: str | None = None

    def revived(self, ref: ResourceRef) -> Resource:
        """Give it as it was, but gone."""
        return Resource(
            kind=ref.kind,
            name=ref.name,
            place=ref.place,
            arn=self.arn,
            status=ResourceStatus.STOPPED,
            gone=True,
            created=self.created,
            started=self.started,
            groups=self.groups,
            instances=self.instances,
            tags=self.tags,
            source=self.source,
            creator=self.creator,
            profile=self.profile,
        )


def remains_of(resource: Resource) -> Remains:
    """Note what a resource is, before it is deleted."""
    return Remains(
        arn=resource.arn,
        created=resource.created,
        started=resource.started,
        groups=resource.groups,
        instances=resource.instances,
        tags=resource.tags or {},
        source=resource.source,
        creator=resource.creator,
        profile=resource.profile,
    )
