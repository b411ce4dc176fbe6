"""From AWS's answers to resources, by the facts of the kind.

What is missing from an answer, or of another form than AWS's, is not known; only what has no ARN
of SageMaker is no resource.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from costguard.common.errors import IncompleteDataError
from costguard.common.observed import elements, mapping, moment, printable, seconds, whole_number
from costguard.resources.identity import is_arn
from costguard.resources.kind import Groups, Kind, Raw
from costguard.resources.model import (
    NO_LIMIT,
    BillingFacts,
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
_NONE: tuple[Raw, ...] = ()
_LONGEST = 2048  # characters of an ARN
_ODD = (TypeError, ValueError, KeyError, AttributeError, OverflowError)


def instance_group(raw: Raw) -> InstanceGroup:
    """Read one instance type and how many of it; what is missing is not known."""
    known = mapping(raw)
    return InstanceGroup(
        printable(known.get("InstanceType")), whole_number(known.get("InstanceCount")) or None
    )


def instance_groups(raw: Raw | None) -> Groups:
    """Read the instances of a ResourceConfig; serverless and chosen-by-AWS ones are not known."""
    known = mapping(raw)
    if listed := elements(known.get("InstanceGroups")):
        return tuple(instance_group(each) for each in listed)
    return (instance_group(known),) if known.get("InstanceType") else None


def stopping_condition(raw: Raw) -> tuple[Raw, ...]:
    """Find the one StoppingCondition of a job."""
    return (raw.get("StoppingCondition") or {},)


def name_of(kind: Kind, raw: Raw) -> str:
    """Read the name from an answer, or else from the ARN in it."""
    return kind.identity.name_in(raw) or kind.identity.name_in_arn(raw[kind.translation.arn])


def translate(kind: Kind, raw: Raw) -> Resource:
    """Turn a Describe answer, or a summary where that suffices, into a resource without tags.

    Raises IncompleteDataError where it does not say what it is about.
    """
    form = kind.translation
    arn = mapping(raw).get(form.arn)
    if not isinstance(arn, str) or not is_arn(arn):
        raise IncompleteDataError(f"a {kind.title} was described without its ARN: {arn!r:.80}")
    groups = _read(form.groups, raw, None)
    return Resource(
        arn=arn,
        kind=kind.name,
        name=name_of(kind, raw),
        address=kind.identity.address(raw) if kind.identity.has_alternatives else None,
        status=kind.lifecycle.status_of(raw.get(form.status)) or ResourceStatus.UNKNOWN,
        groups=groups,
        instances=_instances(kind, groups),
        created=moment(raw.get("CreationTime")),
        started=moment(raw.get(form.started)),
        max_runtime=_max_runtime(kind, raw),
        parent=next((p for f in form.parents if (p := printable(raw.get(f), _LONGEST))), None),
        billing=_read(form.billing_facts, raw, BillingFacts()),
    )


def _read[T](read: Callable[[Raw], T], raw: Raw, unknown: T) -> T:
    """Read some facts as the kind does; where the answer has another form they are not known."""
    try:
        return read(raw)
    except _ODD:
        return unknown


def _max_runtime(kind: Kind, raw: Raw) -> timedelta | None:
    """Find the longest run AWS would allow; a StoppingCondition without a time limits nothing."""
    limits = kind.translation.limits
    if limits is None or not (conditions := _read(limits, raw, _NONE)):
        return None
    allowed = [_limit(condition) for condition in conditions]
    return None if None in allowed else max(limit for limit in allowed if limit is not None)


def _limit(condition: object) -> timedelta | None:
    """Read a limit; one of another form than a number of seconds is not known."""
    if not isinstance(condition, Mapping):
        return None
    told = condition.get("MaxRuntimeInSeconds")
    return NO_LIMIT if told in (None, 0) else seconds(told)


def _instances(kind: Kind, groups: Groups) -> int | None:
    """Count what may run at once: a tuning job's definitions share its parallel jobs."""
    counts = [g.count for g in groups or ()]
    if not counts or None in counts:
        return None
    known = [count for count in counts if count is not None]
    return max(known) if kind.translation.shares_instances else sum(known)
