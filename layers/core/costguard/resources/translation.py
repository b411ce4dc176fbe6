"""From AWS's answers to resources, by the facts of the kind.

What is missing from an answer, or of another form than AWS's, is not known; only what has no ARN
of SageMaker is no resource. It is longer than other modules because every fact is read here.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import replace
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
    choices,
)
from costguard.resources.places import HOME

JOB_STATUSES = {
    "InProgress": ResourceStatus.RUNNING,
    "Stopping": ResourceStatus.STOPPING,
    "Deleting": ResourceStatus.STOPPING,
    "Completed": ResourceStatus.STOPPED,
    "Failed": ResourceStatus.STOPPED,
    "Stopped": ResourceStatus.STOPPED,
}
UPPER_CASE_STATUSES = {
    "STARTING": ResourceStatus.STARTING,
    "INPROGRESS": ResourceStatus.RUNNING,
    "STOPPING": ResourceStatus.STOPPING,
    "STOPPED": ResourceStatus.STOPPED,
    "COMPLETED": ResourceStatus.STOPPED,
    "FAILED": ResourceStatus.STOPPED,
}
_UNKNOWN = ResourceStatus.UNKNOWN
_DELETED = "Deleted"  # of a kind that AWS describes for a while afterwards
_NONE: tuple[Raw, ...] = ()
_LONGEST = 2048  # characters of an ARN
_ODD = (TypeError, ValueError, KeyError, AttributeError, OverflowError)


def instance_group(raw: Raw, count: object = None, choice: int = 0) -> InstanceGroup:
    """Read one instance type and how many of it; what is missing is not known."""
    known = mapping(raw)
    many = whole_number(known.get("InstanceCount") or count)
    return InstanceGroup(printable(known.get("InstanceType")), many or None, choice)


def instance_choices(listed: Iterable[Raw], count: object = None) -> tuple[InstanceGroup, ...]:
    """Read alternatives, each with its own count or with the one that holds for all."""
    return tuple(instance_group(raw, count, choice) for choice, raw in enumerate(listed))


def instances_of_one_type(raw: Raw | None) -> Groups:
    """Read the instances of what has one type."""
    return (instance_group(known),) if (known := mapping(raw)).get("InstanceType") else None


def instance_groups(raw: Raw | None) -> Groups:
    """Read the instances of a ResourceConfig: what AWS has selected, else what it may select.

    Those of a serverless job are not known.
    """
    known = mapping(raw)
    if listed := elements(known.get("InstanceGroups")):
        return tuple(instance_group(each) for each in listed)
    preferred = instance_choices(
        elements(known.get("InstancePreferences")), known.get("InstanceCount")
    )
    if selected := printable(known.get("SelectedInstanceType")):
        of_type = [group.count for group in preferred if group.type == selected]
        count = whole_number(known.get("SelectedInstanceCount")) or None
        return (InstanceGroup(selected, count or (of_type[0] if len(of_type) == 1 else None)),)
    return preferred or instances_of_one_type(known)


def not_started(started: str, *waiting: str) -> Callable[[Raw], bool]:
    """Tell that a job has no start yet; where it has a secondary status, that says so too."""

    def waits(raw: Raw) -> bool:
        return raw.get(started) is None and (
            not waiting or mapping(raw).get("SecondaryStatus") in waiting
        )

    return waits


def stopping_condition(raw: Raw) -> tuple[Raw, ...]:
    """Find the one StoppingCondition of a job."""
    return (raw.get("StoppingCondition") or {},)


def member(raw: Raw, path: str) -> object:
    """Read a member, or a member of one: `WarmPoolStatus.Status`."""
    of, _, own = path.rpartition(".")
    return mapping(raw.get(of) if of else raw).get(own)


def name_of(kind: Kind, raw: Raw) -> str:
    """Read the name from an answer, or else from the ARN in it."""
    return kind.identity.name_in(raw) or kind.identity.name_in_arn(raw[kind.translation.arn])


def translate(kind: Kind, raw: Raw, place: str = HOME) -> Resource:
    """Turn a Describe answer, or a summary where that suffices, into a resource without tags.

    Raises IncompleteDataError where it does not say what it is about.
    """
    form, arn, groups = kind.translation, _arn(kind, raw), _groups(kind, raw)
    status = kind.lifecycle.status_of(member(raw, form.status)) or _UNKNOWN
    belongs_to = printable(_read(form.belongs_to, raw, None), _LONGEST)
    longest, of_each = _longest_run(kind, raw)
    found = Resource(  # longer than other functions: a line for each fact
        arn=arn,
        kind=kind.name,
        name=name_of(kind, raw),
        place=place,
        address=kind.identity.address(raw) if kind.identity.exceeds_name else None,
        status=status,
        status_word=printable(member(raw, form.status)) if status is _UNKNOWN else None,
        gone=member(raw, form.status) == _DELETED,
        groups=groups,
        instances=_instances(kind, groups),
        created=moment(raw.get("CreationTime")),
        started=_read(form.began, raw, None) if form.began else moment(raw.get(form.started)),
        continues=member(raw, form.status) in form.goes_on,
        waits=status is ResourceStatus.RUNNING and _read(form.waits, raw, unknown=False),
        max_runtime=longest,
        limits_children=of_each,
        parent=None if belongs_to else _parent(form.parents, raw),
        belongs_to=belongs_to,
        billing=_read(form.billing_facts, raw, BillingFacts()),
    )
    return _with_use(found, kind, raw)


def _arn(kind: Kind, raw: Raw) -> str:
    arn = mapping(raw).get(kind.translation.arn)
    if not isinstance(arn, str) or not is_arn(arn):
        raise IncompleteDataError(f"{kind.a_title} was described without its ARN: {arn!r:.80}")
    return arn


def _with_use(resource: Resource, kind: Kind, raw: Raw) -> Resource:
    """Add its use, whose it is, and what another one like it is made from."""
    form = kind.translation
    return replace(
        resource,
        changed=moment(raw.get(form.changed)) if form.changed else None,
        use=_read(form.use, raw, ()),
        source=printable(member(raw, form.source)) if form.source else None,
        judged=_read(form.judged, raw, unknown=True),
        steps=_read(form.steps, raw, None) if form.steps else None,
        profile=_read(form.profile, raw, None),
        shared=_read(form.shared, raw, unknown=True),
    )


def _parent(fields: Iterable[str], raw: Raw) -> str | None:
    """Find the first parent that an answer names."""
    return next((p for f in fields if (p := printable(raw.get(f), _LONGEST))), None)


def _read[T](read: Callable[[Raw], T], raw: Raw, unknown: T) -> T:
    """Read some facts as the kind does; where the answer has another form they are not known."""
    try:
        return read(raw)
    except _ODD:
        return unknown


def _longest_run(kind: Kind, raw: Raw) -> tuple[timedelta | None, bool]:
    """Find its own limit; without one, that of each job that it starts, and say so."""
    own = kind.translation.own_limit
    limit = _limit(_read(own, raw, None)) if own else NO_LIMIT
    return (_max_runtime(kind, raw), own is not None) if limit == NO_LIMIT else (limit, False)


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


def _groups(kind: Kind, raw: Raw) -> Groups:
    """Read the instances; none where its kind has none, unknown where its children have them."""
    if kind.translation.groups is None:
        return None if kind.translation.by_children else ()
    return _read(kind.translation.groups, raw, None)


def _instances(kind: Kind, groups: Groups) -> int | None:
    """Count what may run at once: of alternatives, the one with the most."""
    if groups is None or kind.translation.by_children:
        return None
    if any(group.count is None for group in groups):
        return None
    counts = (sum(group.count or 0 for group in choice) for choice in choices(groups))
    return max(counts, default=0)
