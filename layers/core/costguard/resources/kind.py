"""The kinds of SageMaker things that cost money: one typed row each.

A row says how AWS spells the kind. `tests/contract` holds every row against botocore's model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from costguard.resources.model import (
    NO_LIMIT,
    BillingFacts,
    InstanceGroup,
    Resource,
    ResourceStatus,
)

_ENDS = (
    "TrainingEndTime",
    "ProcessingEndTime",
    "TransformEndTime",
    "HyperParameterTuningEndTime",
)
_WAITS = "Available"  # the one status of a warm pool that costs while no job runs in it

type Raw = Mapping[str, Any]
type Groups = tuple[InstanceGroup, ...] | None

JOB_STATUSES = {
    "InProgress": ResourceStatus.RUNNING,
    "Stopping": ResourceStatus.STOPPING,
    "Deleting": ResourceStatus.STOPPING,
    "Completed": ResourceStatus.STOPPED,
    "Failed": ResourceStatus.STOPPED,
    "Stopped": ResourceStatus.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How AWS spells one kind. `name` is also the resource part of its ARN."""

    name: str
    title: str
    prefix: str  # of its fields: <prefix>Name, <prefix>Arn, <prefix>ResourceStatus
    list_op: str
    describe_op: str
    stop_op: str
    summaries: str  # the member of the list answer
    active: str  # the status that costs money, as a filter for the list call
    statuses: Mapping[str, ResourceStatus]
    started: str  # the field with the start of this run
    groups: Callable[[Raw], Groups]
    limits: Callable[[Raw], tuple[Raw, ...]] | None = None  # the StoppingConditions that hold it
    parents: tuple[str, ...] = ()  # fields that name what SageMaker made it for
    summary_suffices: bool = False  # the list answer holds all that the rules read
    restartable: bool = False  # stopped is a pause, not the end
    shares_instances: bool = False  # its groups are alternatives that share what runs at once
    kept: str
    lost: str
    restart: str  # `{name}` and `{region}` are filled in

    @property
    def detail_type(self) -> str:
        """The EventBridge detail-type of its state changes."""
        words = {"HyperParameterTuningJob": "HyperParameter Tuning Job"}
        spaced = "".join(f" {c}" if c.isupper() else c for c in self.prefix).strip()
        return f"SageMaker {words.get(self.prefix, spaced)} State Change"


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


def _max_runtime(kind: Kind, raw: Raw) -> timedelta | None:
    """Find the longest run AWS would allow; a StoppingCondition without a time limits nothing."""
    if kind.limits is None or not (conditions := kind.limits(raw)):
        return None
    seconds = [condition.get("MaxRuntimeInSeconds") for condition in conditions]
    return max(timedelta(seconds=s) if s else NO_LIMIT for s in seconds)


def _instances(kind: Kind, groups: Groups) -> int | None:
    """Count what may run at once: a tuning job's definitions share its parallel jobs."""
    counts = [g.count for g in groups or ()]
    if not counts or None in counts:
        return None
    known = [count for count in counts if count is not None]
    return max(known) if kind.shares_instances else sum(known)


def translate(kind: Kind, raw: Raw) -> Resource:
    """Turn a Describe answer, or a summary where that suffices, into a resource without tags."""
    groups = kind.groups(raw)
    return Resource(
        arn=raw[f"{kind.prefix}Arn"],
        kind=kind.name,
        name=raw[f"{kind.prefix}Name"],
        status=kind.statuses.get(raw[f"{kind.prefix}Status"], ResourceStatus.UNKNOWN),
        groups=groups,
        instances=_instances(kind, groups),
        created=raw.get("CreationTime"),
        started=raw.get(kind.started),
        max_runtime=_max_runtime(kind, raw),
        parent=next((raw[field] for field in kind.parents if raw.get(field)), None),
        billing=billing_of(raw),
    )


def billing_of(raw: Mapping[str, Any]) -> BillingFacts:
    """Read it from any kind's answer; a summary tells little, and the rest stays not known."""
    pool = raw.get("WarmPoolStatus") or {}
    return BillingFacts(
        ended=next((raw[field] for field in _ENDS if raw.get(field)), None),
        billable=_seconds(raw.get("BillableTimeInSeconds")),
        spot=bool(raw.get("EnableManagedSpotTraining")),
        volume_gb=raw.get("VolumeSizeInGB"),
        retained=_seconds(pool.get("ResourceRetainedBillableTimeInSeconds")),
        retaining=pool.get("Status") == _WAITS,
    )


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)
