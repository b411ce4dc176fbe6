"""The course of a job by itself: from Starting to Completed, or to its limit, or to Stopped.

Statuses and secondary statuses: DescribeTrainingJob; a stopped job has up to 120 seconds to end
(StopTrainingJob); MaxRuntimeInSeconds counts from the start of training and ends a job as Stopped
with MaxRuntimeExceeded (StoppingCondition); a warm pool outlives its job (ResourceConfig).
"""

from datetime import timedelta
from functools import partial
from typing import Any

from local.sagemaker.kinds import TRAINING, Kind
from local.sagemaker.resource import Resource
from local.sagemaker.store import Store
from local.sagemaker.transitions import JOB_ENDS

RUN_SECONDS = "LOCAL_RUN_SECONDS"
"""A variable in a job's environment (or a hyperparameter) that says how long it runs."""

LONGEST_STOP = timedelta(seconds=120)

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


def launch(
    store: Store,
    kind: Kind,
    name: str,
    fields: dict[str, Any],
    tags: dict[str, str] | None,
) -> Resource:
    """Start a job of any kind, asked for by somebody or made by the service."""
    opening: dict[str, Any] = {}
    if kind is TRAINING:
        opening["SecondaryStatusTransitions"] = []
    if _keep_alive(fields):
        opening["WarmPoolStatus"] = {"Status": "InUse"}
    fields = fields | opening
    fields |= _step(store, kind, fields, "Starting")
    return store.add(kind, name, fields, status="InProgress", tags=tags)


def halt(store: Store, job: Resource, *, ending: str = "Stopped") -> None:
    """Begin to stop a job; it will end with this secondary status."""
    if job.status != "InProgress":
        return
    job.turn += 1
    job.ending = ending
    store.change(job, "Stopping", **_step(store, job.kind, job.fields, "Stopping"))


def end(
    store: Store, job: Resource, status: str, *, last: str | None = None, **fields: Any
) -> None:
    """End a job in this status, with this last secondary status."""
    job.turn += 1
    closing = {job.kind.ended: store.now(), **fields}
    if job.kind is TRAINING:
        closing |= _step(store, job.kind, job.fields, last or status) | _accounts(store, job)
    if status == "Completed" and (keep := _keep_alive(job.fields)):
        closing["WarmPoolStatus"] = _warm_pool("Available", 0)
        store.later(job, timedelta(seconds=keep), partial(_cool, seconds=keep))
    store.change(job, status, **closing)


def react(store: Store, job: Resource, before: str | None) -> None:
    """Let a new job run, and bring one that is stopping to its end."""
    if not job.kind.stages:
        return
    if before is None:
        _stay(store, job, 0)
    elif job.status == "Stopping":
        store.later(job, min(store.pace.job_stopping, LONGEST_STOP), _end_stopped)


def _stay(store: Store, job: Resource, stage: int) -> None:
    if (lasts := _lasts(store, job, stage)) is not None:
        store.later(job, lasts, partial(_leave, stage=stage))


def _leave(store: Store, job: Resource, *, stage: int) -> None:
    script = store.script(job.name)
    stages = job.kind.stages
    if stages[stage].lasts == "job_running" and script and script.fails:
        end(store, job, "Failed", FailureReason=script.fails)
    elif stage + 1 == len(stages):
        end(store, job, "Completed")
    else:
        _enter(store, job, stage + 1)


def _enter(store: Store, job: Resource, stage: int) -> None:
    begun = {job.kind.started: store.now()} if stage == 1 else {}
    step = _step(store, job.kind, job.fields, job.kind.stages[stage].secondary)
    store.change(job, "InProgress", **step, **begun)
    longest = job.fields.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    if begun and longest is not None:
        store.later(job, timedelta(seconds=longest), partial(halt, ending="MaxRuntimeExceeded"))
    _stay(store, job, stage)


def _lasts(store: Store, job: Resource, stage: int) -> timedelta | None:
    """Say how long a stage takes; `None` for a rule that runs as long as the job it watches."""
    pace = job.kind.stages[stage].lasts
    usual: timedelta = getattr(store.pace, pace)
    if pace != "job_running":
        return usual
    if "TrainingJobArn" in job.fields and job.kind is not TRAINING:
        return None
    if script := store.script(job.name):
        return script.run
    own = job.fields.get("Environment", {}) | job.fields.get("HyperParameters", {})
    return timedelta(seconds=float(own[RUN_SECONDS])) if RUN_SECONDS in own else usual


def _end_stopped(store: Store, job: Resource) -> None:
    end(store, job, "Stopped", last=job.ending)


def _step(store: Store, kind: Kind, fields: dict[str, Any], status: str) -> dict[str, Any]:
    """Give the fields that a step of a training job changes; other kinds have none."""
    if kind is not TRAINING:
        return {}
    now = store.now()
    steps = [{"EndTime": now, **step} for step in fields["SecondaryStatusTransitions"]]
    steps.append({"Status": status, "StartTime": now, "StatusMessage": _MESSAGES[status]})
    return {"SecondaryStatus": status, "SecondaryStatusTransitions": steps}


def _accounts(store: Store, job: Resource) -> dict[str, Any]:
    """Give what a training job that has begun leaves behind: its time and its model."""
    begun = job.fields.get(job.kind.started)
    if begun is None:
        return {}
    spent = int((store.now() - begun).total_seconds())
    bucket = job.fields["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    return {
        "TrainingTimeInSeconds": spent,
        "BillableTimeInSeconds": spent,
        "ModelArtifacts": {"S3ModelArtifacts": f"{bucket}/{job.name}/output/model.tar.gz"},
    }


def _keep_alive(fields: dict[str, Any]) -> int:
    seconds: int = fields.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds", 0)
    return seconds


def _cool(_store: Store, job: Resource, *, seconds: int) -> None:
    job.fields["WarmPoolStatus"] = _warm_pool("Terminated", seconds)


def _warm_pool(status: str, seconds: int) -> dict[str, Any]:
    return {"Status": status, "ResourceRetainedBillableTimeInSeconds": seconds}


def has_ended(job: Resource) -> bool:
    """Say whether a job is over."""
    return job.status in JOB_ENDS
