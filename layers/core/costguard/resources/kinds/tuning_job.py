"""Hyperparameter tuning jobs: they are billed as the training jobs that they start."""

from costguard.common.observed import elements, mapping, whole_number
from costguard.resources.billing import BillingComponent, Metered
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Groups,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import InstanceGroup, ResourceStatus, choices
from costguard.resources.translation import JOB_STATUSES, instance_choices, instance_groups


def _definitions(raw: Raw) -> tuple[Raw, ...]:
    one, many = raw.get("TrainingJobDefinition"), elements(raw.get("TrainingJobDefinitions"))
    return tuple(each for each in (*many, one) if each)


def _groups(raw: Raw) -> Groups:
    """Each definition's instances, times the training jobs that run at once."""
    parallel = whole_number(_resource_limits(raw).get("MaxParallelTrainingJobs") or 1)
    found: list[InstanceGroup] = []
    for definition in _definitions(raw):
        if (groups := _groups_of(definition)) is None:
            return None
        before = len(choices(found))  # what runs are jobs of one definition, or of another
        found += [
            InstanceGroup(g.type, g.count and parallel and g.count * parallel, before + g.choice)
            for g in groups
        ]
    return tuple(found) or None


def _groups_of(definition: Raw) -> Groups:
    """Read the instances of one training job; those of a tuning job may be alternatives."""
    tuned = mapping(definition.get("HyperParameterTuningResourceConfig"))
    if listed := elements(tuned.get("InstanceConfigs")):
        return instance_choices(listed)
    return instance_groups(tuned if tuned.get("InstanceType") else definition.get("ResourceConfig"))


def _resource_limits(raw: Raw) -> Raw:
    return mapping(mapping(raw.get("HyperParameterTuningJobConfig")).get("ResourceLimits"))


def _limits(raw: Raw) -> tuple[Raw, ...]:
    return tuple(each.get("StoppingCondition") or {} for each in _definitions(raw))


KIND = Kind(
    name="hyper-parameter-tuning-job",
    title="tuning job",
    order=30,
    console="hyper-tuning-jobs",
    identity=Identity(("HyperParameterTuningJobName",)),
    api=Api(
        list=ListCall(
            operation="ListHyperParameterTuningJobs", rows="HyperParameterTuningJobSummaries"
        ),
        describe="DescribeHyperParameterTuningJob",
        stop=StopCall(operation="StopHyperParameterTuningJob"),
    ),
    events=Events(
        detail_type="SageMaker HyperParameter Tuning Job State Change",
        creates=("CreateHyperParameterTuningJob",),
    ),
    lifecycle=Lifecycle(statuses=JOB_STATUSES | {"DeleteFailed": ResourceStatus.STOPPED}),
    translation=Translation(
        arn="HyperParameterTuningJobArn",
        status="HyperParameterTuningJobStatus",
        started="CreationTime",
        ended="HyperParameterTuningEndTime",
        groups=_groups,
        limits=_limits,
        own_limit=_resource_limits,
    ),
    billing=(BillingComponent(name="training", metered=Metered.CHILDREN),),
    guardrail=Guardrail(runtime_key=True),
    words=Words(
        kept="the results of the training jobs that had completed",
        lost="its running training jobs, and those it had still to start",
        restart="launch a new tuning job; a warm start (WarmStartConfig) reuses the completed "
        "results",
        asks_too_much="Launch it with MaxRuntimeInSeconds of at most {seconds} in the "
        "ResourceLimits of its HyperParameterTuningJobConfig{how}.",
        max_runtime="max_runtime_in_seconds={seconds} of the HyperparameterTuner in the SageMaker "
        "Python SDK 2 and 3",
        rename="A tuning job cannot be renamed: name the next one {good}.",
    ),
    name_cut_at=20,  # the name itself may have no more than 32
)
