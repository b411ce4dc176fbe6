"""A tuner launches training jobs, as many at a time as it may, until it has enough or is stopped.

Children carry `TuningJobArn` and the tags of the tuning job; stopping the parent stops them;
a child stopped by hand counts as Stopped and the tuner launches another (TrainingJobStatusCounters;
that it launches another is inferred).
"""

import sys
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from local.sagemaker.events import service_call
from local.sagemaker.job_lifecycle import begin_stop, end, has_ended, launch
from local.sagemaker.kinds import TRAINING, TUNING
from local.sagemaker.pagination import page
from local.sagemaker.resource import Resource
from local.sagemaker.store import Store
from local.sagemaker.transitions import ACTIVE_JOB_STATUSES

_COUNTED_AS = {
    "InProgress": "InProgress",
    "Stopping": "InProgress",
    "Completed": "Completed",
    "Failed": "NonRetryableError",
    "Stopped": "Stopped",
}
_INHERITED = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)


def react(store: Store, resource: Resource, before: str | None) -> None:
    """Follow a tuning job and the training jobs it has launched."""
    if resource.kind is TUNING:
        _follow_parent(store, resource, before)
    elif "TuningJobArn" in resource.fields and resource.kind is TRAINING:
        parent = store.by_arn(resource.fields["TuningJobArn"])
        _count(store, parent)
        if has_ended(resource):
            _carry_on(store, parent)


def children(store: Store, tuner: Resource) -> list[Resource]:
    """Give the training jobs that a tuner has launched."""
    return [job for job in store.all(TRAINING) if job.fields.get("TuningJobArn") == tuner.arn]


def list_children(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Answer ListTrainingJobsForHyperParameterTuningJob."""
    tuner = store.find(TUNING, request["HyperParameterTuningJobName"])
    operation = "ListTrainingJobsForHyperParameterTuningJob"
    return page(operation, TUNING, children(store, tuner), request)


def _follow_parent(store: Store, tuner: Resource, before: str | None) -> None:
    if before is None:
        config = tuner.fields["HyperParameterTuningJobConfig"]
        tuner.fields |= {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}
        _count(store, tuner)
        store.schedule(tuner, store.pace.tuner_launching, _carry_on)
        if "MaxRuntimeInSeconds" in config["ResourceLimits"]:
            longest = timedelta(seconds=config["ResourceLimits"]["MaxRuntimeInSeconds"])
            store.schedule(tuner, longest, begin_stop)
    elif tuner.status == "Stopping":
        for child in children(store, tuner):
            begin_stop(store, child)
        _carry_on(store, tuner)


def _carry_on(store: Store, tuner: Resource) -> None:
    """Launch what may run beside what runs; with nothing left to do, end."""
    if has_ended(tuner):
        return
    launched = children(store, tuner)
    running = [job for job in launched if job.status in ACTIVE_JOB_STATUSES]
    limits = tuner.fields["ResourceLimits"]
    parallel = limits["MaxParallelTrainingJobs"]
    endless = sys.maxsize if "MaxRuntimeInSeconds" in limits else parallel
    left = limits.get("MaxNumberOfTrainingJobs", endless) - len(launched)
    if tuner.status == "Stopping":
        left = 0
    for number in range(min(left, parallel - len(running))):
        _launch(store, tuner, len(launched) + number)
    if not running and left <= 0:
        end(store, tuner, "Stopped" if tuner.status == "Stopping" else "Completed")


def _launch(store: Store, tuner: Resource, number: int) -> None:
    definitions = tuner.fields.get("TrainingJobDefinitions") or [
        tuner.fields["TrainingJobDefinition"],
    ]
    definition = definitions[number % len(definitions)]
    unique = sha256(f"{tuner.arn}/{number}".encode()).hexdigest()[:8]
    name = f"{tuner.name}-{number + 1:03d}-{unique}"
    fields = {member: definition[member] for member in _INHERITED if member in definition} | {
        "HyperParameters": dict(definition.get("StaticHyperParameters", {})),
        "ResourceConfig": _resources(definition),
        "TuningJobArn": tuner.arn,
        "TuningJobName": tuner.name,
        "TunedHyperParameters": {},
    }
    if "DefinitionName" in definition:
        fields["TrainingJobDefinitionName"] = definition["DefinitionName"]
    child = launch(store, TRAINING, name, fields, dict(tuner.tags) if tuner.tags else None)
    store.publish(
        service_call(
            store.place,
            "CreateTrainingJob",
            {"trainingJobArn": child.arn, "tuningJobArn": tuner.arn},
            now=store.now(),
            request_id=str(uuid5(NAMESPACE_URL, child.arn)),
        ),
    )


def _resources(definition: dict[str, Any]) -> dict[str, Any]:
    """Give a child's ResourceConfig; of a choice of instances the first is taken."""
    if "ResourceConfig" in definition:
        return dict(definition["ResourceConfig"])
    choice = definition["HyperParameterTuningResourceConfig"]
    names = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
    first = choice.get("InstanceConfigs", [{}])[0] | choice
    return {name: first[name] for name in names if name in first}


def _count(store: Store, tuner: Resource) -> None:
    launched = children(store, tuner)
    counts = Counter(_COUNTED_AS[job.status] for job in launched)
    names = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    done, busy = counts["Completed"], counts["InProgress"]
    tuner.fields["TrainingJobStatusCounters"] = {name: counts[name] for name in names}
    tuner.fields["ObjectiveStatusCounters"] = {
        "Succeeded": done,
        "Pending": busy,
        "Failed": len(launched) - done - busy,
    }


OPERATIONS = {"ListTrainingJobsForHyperParameterTuningJob": list_children}
