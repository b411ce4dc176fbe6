"""Hyperparameter tuning jobs."""

from costguard.resources.kind import (
    JOB_STATUSES,
    Groups,
    Kind,
    Raw,
    instance_group,
    instance_groups,
)
from costguard.resources.model import InstanceGroup, ResourceStatus


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
            else instance_groups(
                tuned if tuned.get("InstanceType") else definition.get("ResourceConfig")
            )
        )
        if groups is None:
            return None
        found += [InstanceGroup(g.type, g.count and g.count * parallel) for g in groups]
    return tuple(found) or None


TUNING = Kind(
    name="hyper-parameter-tuning-job",
    title="tuning job",
    prefix="HyperParameterTuningJob",
    list_op="list_hyper_parameter_tuning_jobs",
    describe_op="describe_hyper_parameter_tuning_job",
    stop_op="stop_hyper_parameter_tuning_job",
    summaries="HyperParameterTuningJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES | {"DeleteFailed": ResourceStatus.STOPPED},
    started="CreationTime",
    groups=_tuning,
    shares_instances=True,
    limits=lambda raw: tuple(d.get("StoppingCondition") or {} for d in _definitions(raw)),
    kept="the results of the training jobs that had completed",
    lost="its running training jobs, and those it had still to start",
    restart="launch a new tuning job; a warm start (WarmStartConfig) reuses the completed results",
)
