"""What the guard did, as the audit keeps it, and what a stop avoided. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from costguard.costs.usage import Usage
from costguard.resources.model import NO_LIMIT, InstanceGroup, Resource, ResourceRef, ResourceStatus

STOPPED = "stop-accepted"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the audit."""

    time: datetime
    what: str
    resource: Resource  # as it was then

    @property
    def ref(self) -> ResourceRef:
        """Name its resource."""
        return self.resource.ref

    @property
    def key(self) -> tuple[str, str]:
        """Name its resource among those of all regions."""
        return self.resource.region, self.ref.key


def usage_key(usage: Usage) -> tuple[str, str]:
    """Name the resource of some usage among those of all regions."""
    return usage.region, usage.ref.key


def dump_facts(resource: Resource) -> str:
    """Write what a later look could not tell any more."""
    limited = resource.max_runtime not in (None, NO_LIMIT) and resource.max_runtime
    return json.dumps(
        {
            "kind": resource.kind,
            "name": resource.name,
            "groups": [[g.type, g.count] for g in resource.groups or ()],
            "started": resource.started.isoformat() if resource.started else None,
            "limit": limited.total_seconds() if limited else None,
        }
    )


def load_entry(when: str, what: str, arn: str, said: str) -> AuditEntry:
    """Read a row."""
    raw = json.loads(said)
    resource = Resource(
        arn=arn,
        kind=raw["kind"],
        name=raw["name"],
        status=ResourceStatus.RUNNING,
        groups=tuple(InstanceGroup(*g) for g in raw["groups"]) or None,
        started=datetime.fromisoformat(raw["started"]) if raw["started"] else None,
        max_runtime=timedelta(seconds=raw["limit"]) if raw["limit"] else None,
    )
    return AuditEntry(datetime.fromisoformat(when), what, resource)
