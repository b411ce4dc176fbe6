"""From AWS's answers to resources, by the facts of the kind."""

from datetime import timedelta

from costguard.resources.kind import Groups, Kind, Raw
from costguard.resources.model import (
    NO_LIMIT,
    InstanceGroup,
    Resource,
    ResourceStatus,
)

JOB_STATUSES = {
    "InProgress": ResourceStatus.RUNNING,
    "Stopping": ResourceStatus.STOPPING,
    "Deleting": ResourceStatus.STOPPING,
    "Completed": ResourceStatus.STOPPED,
    "Failed": ResourceStatus.STOPPED,
    "Stopped": ResourceStatus.STOPPED,
}


def instance_group(raw: Raw) -> InstanceGroup:
    """Read one instance type and how many of it; what is missing is not known."""
    return InstanceGroup(
        raw.get("InstanceType") or None, int(raw.get("InstanceCount") or 0) or None
    )


def instance_groups(raw: Raw | None) -> Groups:
    """Read the instances of a ResourceConfig; serverless and chosen-by-AWS ones are not known."""
    if not raw:
        return None
    if listed := raw.get("InstanceGroups"):
        return tuple(instance_group(each) for each in listed)
    return (instance_group(raw),) if raw.get("InstanceType") else None


def stopping_condition(raw: Raw) -> tuple[Raw, ...]:
    """Find the one StoppingCondition of a job."""
    return (raw.get("StoppingCondition") or {},)


def seconds(number: int | None) -> timedelta | None:
    """Read a number of seconds; None stays not known."""
    return None if number is None else timedelta(seconds=number)


def name_of(kind: Kind, raw: Raw) -> str:
    """Read the name from an answer, or else from the ARN in it."""
    return kind.identity.name_in(raw) or kind.identity.name_in_arn(raw[kind.translation.arn])


def translate(kind: Kind, raw: Raw) -> Resource:
    """Turn a Describe answer, or a summary where that suffices, into a resource without tags."""
    form = kind.translation
    groups = form.groups(raw)
    return Resource(
        arn=raw[form.arn],
        kind=kind.name,
        name=name_of(kind, raw),
        address=kind.identity.address(raw) if kind.identity.has_alternatives else None,
        status=kind.lifecycle.status_of(raw[form.status]) or ResourceStatus.UNKNOWN,
        groups=groups,
        instances=_instances(kind, groups),
        created=raw.get("CreationTime"),
        started=raw.get(form.started),
        max_runtime=_max_runtime(kind, raw),
        parent=next((raw[field] for field in form.parents if raw.get(field)), None),
        billing=form.billing_facts(raw),
    )


def _max_runtime(kind: Kind, raw: Raw) -> timedelta | None:
    """Find the longest run AWS would allow; a StoppingCondition without a time limits nothing."""
    limits = kind.translation.limits
    if limits is None or not (conditions := limits(raw)):
        return None
    allowed = [condition.get("MaxRuntimeInSeconds") for condition in conditions]
    return max(timedelta(seconds=s) if s else NO_LIMIT for s in allowed)


def _instances(kind: Kind, groups: Groups) -> int | None:
    """Count what may run at once: a tuning job's definitions share its parallel jobs."""
    counts = [g.count for g in groups or ()]
    if not counts or None in counts:
        return None
    known = [count for count in counts if count is not None]
    return max(known) if kind.translation.shares_instances else sum(known)
