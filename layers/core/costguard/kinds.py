"""The kinds of SageMaker things that cost money: one typed row each.

A row says how AWS spells the kind. `tests/contract` holds every row against botocore's model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from costguard.billing import billing_of
from costguard.model import NO_LIMIT, InstanceGroup, Resource, Status

type Raw = Mapping[str, Any]
type Groups = tuple[InstanceGroup, ...] | None

JOB_STATUSES = {
    "InProgress": Status.RUNNING,
    "Stopping": Status.STOPPING,
    "Deleting": Status.STOPPING,
    "Completed": Status.STOPPED,
    "Failed": Status.STOPPED,
    "Stopped": Status.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How AWS spells one kind. `name` is also the resource part of its ARN."""

    name: str
    title: str
    prefix: str  # of its fields: <prefix>Name, <prefix>Arn, <prefix>Status
    list_op: str
    describe_op: str
    stop_op: str
    summaries: str  # the member of the list answer
    active: str  # the status that costs money, as a filter for the list call
    statuses: Mapping[str, Status]
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


def _notebook(raw: Raw) -> Groups:
    return (InstanceGroup(raw["InstanceType"], 1),) if raw.get("InstanceType") else None


def _definitions(raw: Raw) -> tuple[Raw, ...]:
    one, many = raw.get("TrainingJobDefinition"), raw.get("TrainingJobDefinitions")
    return tuple(each for each in (*(many or ()), one) if each)


def _tuning(raw: Raw) -> Groups:
    """Each definition's instances, times the training jobs that run at once."""
    limits = (raw.get("HyperParameterTuningJobConfig") or {}).get("ResourceLimits") or {}
    parallel = int(limits.get("MaxParallelTrainingJobs") or 1)
    found: list[InstanceGroup] = []
    for definition in _definitions(raw):
        tuned = definition.get("HyperParameterTuningResourceConfig") or {}
        choices = tuned.get("InstanceConfigs")
        groups = (
            tuple(map(instance_group, choices))
            if choices
            else instance_groups(tuned if tuned.get("InstanceType") else definition.get("ResourceConfig"))
        )
        if groups is None:
            return None
        found += [InstanceGroup(g.type, g.count and g.count * parallel) for g in groups]
    return tuple(found) or None


def stopping_condition(raw: Raw) -> tuple[Raw, ...]:
    return (raw.get("StoppingCondition") or {},)


NOTEBOOK = Kind(
    name="notebook-instance",
    title="notebook instance",
    prefix="NotebookInstance",
    list_op="list_notebook_instances",
    describe_op="describe_notebook_instance",
    stop_op="stop_notebook_instance",
    summaries="NotebookInstances",
    active="InService",
    statuses={
        "Pending": Status.STARTING,
        "InService": Status.RUNNING,
        "Stopping": Status.STOPPING,
        "Deleting": Status.STOPPING,
        "Updating": Status.STOPPED,  # legal from Stopped only, and ends there
        "Stopped": Status.STOPPED,
        "Failed": Status.STOPPED,
        "Deleted": Status.STOPPED,  # said by events, not by the API
        "PendingMaintenance": Status.UNKNOWN,  # nowhere explained: left alone
        "InMaintenance": Status.UNKNOWN,
    },
    started="LastModifiedTime",  # moves with the state, so InService began then
    groups=_notebook,
    summary_suffices=True,
    restartable=True,
    kept="the volume with everything in /home/ec2-user/SageMaker (it still costs a little)",
    lost="the memory of running kernels, open terminals, /tmp and packages installed outside "
    "/home/ec2-user/SageMaker",
    restart="aws sagemaker start-notebook-instance --notebook-instance-name {name} "
    "--region {region}",
)
TRAINING = Kind(
    name="training-job",
    title="training job",
    prefix="TrainingJob",
    list_op="list_training_jobs",
    describe_op="describe_training_job",
    stop_op="stop_training_job",
    summaries="TrainingJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES,
    started="TrainingStartTime",
    groups=lambda raw: instance_groups(raw.get("ResourceConfig")),
    limits=stopping_condition,
    parents=("TuningJobArn", "AutoMLJobArn", "LabelingJobArn"),
    kept="checkpoints and whatever it had written to S3; its log",
    lost="the training since the last checkpoint",
    restart="launch a new training job; with CheckpointConfig it continues from the checkpoint",
)
TUNING = Kind(
    name="hyper-parameter-tuning-job",
    title="tuning job",
    prefix="HyperParameterTuningJob",
    list_op="list_hyper_parameter_tuning_jobs",
    describe_op="describe_hyper_parameter_tuning_job",
    stop_op="stop_hyper_parameter_tuning_job",
    summaries="HyperParameterTuningJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES | {"DeleteFailed": Status.STOPPED},
    started="CreationTime",
    groups=_tuning,
    shares_instances=True,
    limits=lambda raw: tuple(d.get("StoppingCondition") or {} for d in _definitions(raw)),
    kept="the results of the training jobs that had completed",
    lost="its running training jobs, and those it had still to start",
    restart="launch a new tuning job; a warm start (WarmStartConfig) reuses the completed results",
)
PROCESSING = Kind(
    name="processing-job",
    title="processing job",
    prefix="ProcessingJob",
    list_op="list_processing_jobs",
    describe_op="describe_processing_job",
    stop_op="stop_processing_job",
    summaries="ProcessingJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES,
    started="ProcessingStartTime",
    groups=lambda raw: instance_groups((raw.get("ProcessingResources") or {}).get("ClusterConfig")),
    limits=stopping_condition,
    parents=("TrainingJobArn", "MonitoringScheduleArn", "AutoMLJobArn"),
    kept="outputs uploaded continuously (S3UploadMode Continuous); its log",
    lost="outputs that would have been uploaded at the end of the job",
    restart="launch a new processing job",
)
TRANSFORM = Kind(
    name="transform-job",
    title="transform job",
    prefix="TransformJob",
    list_op="list_transform_jobs",
    describe_op="describe_transform_job",
    stop_op="stop_transform_job",
    summaries="TransformJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES,
    started="TransformStartTime",
    groups=lambda raw: instance_groups(raw.get("TransformResources")),
    parents=("AutoMLJobArn", "LabelingJobArn"),
    kept="the input, the model and its log",
    lost="all of its output: SageMaker stores none for a stopped transform job",
    restart="launch a new transform job",
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (NOTEBOOK, TRAINING, TUNING, PROCESSING, TRANSFORM)
}


def kind_of(arn: str) -> Kind | None:
    """Find the kind that an ARN names, or None for one that is not ours."""
    return KINDS.get(arn.rsplit(":", 1)[-1].split("/", 1)[0])


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
        status=kind.statuses.get(raw[f"{kind.prefix}Status"], Status.UNKNOWN),
        groups=groups,
        instances=_instances(kind, groups),
        created=raw.get("CreationTime"),
        started=raw.get(kind.started),
        max_runtime=_max_runtime(kind, raw),
        parent=next((raw[field] for field in kind.parents if raw.get(field)), None),
        billing=billing_of(raw),
    )
