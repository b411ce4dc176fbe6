"""The processing jobs that the service runs beside a training job: one for each Debugger rule.

They carry `TrainingJobArn`, the role of the training job, and no tags (live processing events).
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from local.sagemaker.job_lifecycle import begin_stop, end, has_ended, launch
from local.sagemaker.kinds import PROCESSING, TRAINING
from local.sagemaker.resource import Resource
from local.sagemaker.store import Store

_ASKED_BY = {
    "DebugRuleConfigurations": "DebugRuleEvaluationStatuses",
    "ProfilerRuleConfigurations": "ProfilerRuleEvaluationStatuses",
}
_SERVICE_INSTANCE = "ml.m5.xlarge"
_SERVICE_VOLUME = 10


def react(store: Store, job: Resource, before: str | None) -> None:
    """Launch the rules of a new training job; end them with it."""
    if job.kind is not TRAINING:
        return
    if before is None:
        for requested in _ASKED_BY:
            watch(store, job, requested, job.fields.get(requested, ()))
    elif has_ended(job):
        for rule_job in _watchers(store, job):
            if job.status == "Completed" and rule_job.status == "InProgress":
                end(store, rule_job, "Completed")
            else:
                begin_stop(store, rule_job)


def watch(store: Store, job: Resource, asked_by: str, rules: Iterable[dict[str, Any]]) -> None:
    """Launch rules, those of a new job or those that are added to one that runs."""
    if launched := [_watch(store, job, rule) for rule in rules]:
        answered = _ASKED_BY[asked_by]
        job.fields[answered] = [*job.fields.get(answered, ()), *launched]


def _watch(store: Store, job: Resource, rule: dict[str, Any]) -> dict[str, Any]:
    title = rule["RuleConfigurationName"]
    unique = sha256(f"{job.arn}/{title}".encode()).hexdigest()[:8]
    name = f"{job.name[:26].rstrip('-')}-{title[:26].rstrip('-')}-{unique}"
    cluster = {
        "InstanceCount": 1,
        "InstanceType": rule.get("InstanceType", _SERVICE_INSTANCE),
        "VolumeSizeInGB": rule.get("VolumeSizeInGB", _SERVICE_VOLUME),
    }
    fields = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": rule["RuleEvaluatorImage"]},
        "Environment": dict(rule.get("RuleParameters", {})),
        "RoleArn": job.fields["RoleArn"],
        "TrainingJobArn": job.arn,
    }
    watcher = launch(store, PROCESSING, name, fields, None)
    return {
        "RuleConfigurationName": title,
        "RuleEvaluationJobArn": watcher.arn,
        "RuleEvaluationStatus": "InProgress",
        "LastModifiedTime": store.now(),
    }


def _watchers(store: Store, job: Resource) -> list[Resource]:
    return [r for r in store.all(PROCESSING) if r.fields.get("TrainingJobArn") == job.arn]
