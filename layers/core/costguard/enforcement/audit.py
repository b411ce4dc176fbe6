"""The guard's actions, as the audit stores them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import zip_longest

from msgspec import UNSET, Struct, UnsetType

from costguard.costs.usage import Usage
from costguard.resources.model import (
    NO_LIMIT,
    BillingFacts,
    InstanceGroup,
    Resource,
    ResourceRef,
    ResourceStatus,
)
from costguard.resources.places import HOME

STOPPED = "stop-accepted"


class AuditRecord(Struct, frozen=True):
    """One action to store: what was done to which resource, and why."""

    what: str
    resource: Resource
    details: Mapping[str, object]


class AuditEntry(Struct, frozen=True):
    """One row of the audit."""

    time: datetime
    what: str
    resource: Resource  # as it was then
    rules: tuple[str, ...] = ()  # the rules that led to the stop

    @property
    def ref(self) -> ResourceRef:
        """Name its resource."""
        return self.resource.ref

    @property
    def key(self) -> tuple[str, str]:
        """Return a key of the resource that is unique over all regions."""
        return self.resource.region, self.ref.key


def usage_key(usage: Usage) -> tuple[str, str]:
    """Return the same key for the resource of a usage interval."""
    return usage.region, usage.ref.key


class ResourceFacts(Struct, frozen=True, kw_only=True):
    """The facts of a resource that a later read could not recover, as the audit stores them."""

    kind: str
    name: str
    place: str | UnsetType = UNSET  # unless it is that of the stack
    groups: tuple[tuple[str | None, int | None], ...]
    started: datetime | None
    limit: timedelta | None  # None: no limit, or not known
    prepaid: bool = False
    choices: tuple[int, ...] = ()  # of each group, where there are several

    @classmethod
    def of(cls, resource: Resource) -> "ResourceFacts":
        """Read them from a resource as it is now."""
        is_open = len(resource.choices) > 1  # AWS had not chosen
        is_endless = resource.max_runtime == NO_LIMIT or resource.limits_children
        return cls(
            kind=resource.kind,
            name=resource.name,
            place=resource.place or UNSET,
            groups=tuple((group.type, group.count) for group in resource.groups or ()),
            started=resource.started,
            prepaid=resource.billing.prepaid,
            limit=None if is_endless else resource.max_runtime,
            choices=tuple(g.choice for g in resource.groups or ()) if is_open else (),
        )

    def resource(self, arn: str) -> Resource:
        """Rebuild the resource as it was then."""
        return Resource(
            arn=arn,
            kind=self.kind,
            name=self.name,
            place=self.place or HOME,
            status=ResourceStatus.RUNNING,
            groups=tuple(
                InstanceGroup(type=group[0], count=group[1], choice=choice or 0)
                for group, choice in zip_longest(self.groups, self.choices[: len(self.groups)])
            )
            or None,
            started=self.started,
            billing=BillingFacts(prepaid=self.prepaid),
            max_runtime=self.limit or None,
        )
