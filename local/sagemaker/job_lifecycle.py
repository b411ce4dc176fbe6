"""The lifecycle of a job: from Starting to Completed, to its limit, or to Stopped.

Statuses and secondary statuses: DescribeTrainingJob; a stopped job has up to 120 seconds to end
(StopTrainingJob); MaxRuntimeInSeconds counts from the start of training and ends a job as Stopped
with MaxRuntimeExceeded (StoppingCondition); a warm pool outlives its job (ResourceConfig).
"""

from datetime import timedelta
from functools import partial
from typing import Any

from local.sagemaker.kinds import TRAINING, Kind
from local.sagemaker.preferences import select
from local.sagemaker.resource import Resource
from local.sagemaker.store import Store
from local.sagemaker.transitions import FINAL_JOB_STATUSES

RUN_SECONDS = "LOCAL_RUN_SECONDS"
"""A variable in a job's environment (or a hyperparameter) that says how long it runs."""

LONGEST_STOP = timedelta(seconds=120)
_TOKENS_A_SECOND = 50  # of a serverless job; how fast AWS counts is nowhere documented

_MESSAGES = {
    "Pending": "Training job waiting for capacity",
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
    """Start a job of any kind, for a user or for the service itself."""
    opening: dict[str, Any] = {}
    if kind is TRAINING:
        opening["SecondaryStatusTransitions"] = []
    if _keep_alive(fields):
        opening["WarmPoolStatus"] = {"Status": "InUse"}
    fields = fields | opening
    script = store.scripted_job(name)
    waits = script.waits if script and kind is TRAINING else None
    fields |= _secondary_status(store, kind, fields, "Pending" if waits else "Starting")
    return store.add(kind, name, fields, status="InProgress", tags=tags)


def begin_stop(store: Store, job: Resource, *, ending: str = "Stopped") -> None:
    """Begin to stop a job; `ending` will be its last secondary status."""
    if job.status != "InProgress":
        return
    job.generation += 1
    job.final_secondary_status = ending
    store.change(job, "Stopping", **_secondary_status(store, job.kind, job.fields, "Stopping"))


def end(
    store: Store, job: Resource, status: str, *, last: str | None = None, **fields: Any
) -> None:
    """End a job in this status, with this last secondary status."""
    job.generation += 1
    closing = {job.kind.ended: store.now(), **fields}
    if job.kind is TRAINING:
        closing |= _secondary_status(store, job.kind, job.fields, last or status) | _closing_fields(
            store, job
        )
    if status == "Completed" and (keep := _keep_alive(job.fields)):
        closing["WarmPoolStatus"] = _warm_pool("Available", 0)
        keep_warm(store, job, timedelta(seconds=keep), seconds=keep)
    store.change(job, status, **closing)


def react(store: Store, job: Resource, before: str | None) -> None:
    """Schedule the first stage of a new job, and the end of a stopping one."""
    if not job.kind.stages:
        return
    if before is None:
        script = store.scripted_job(job.name)
        if job.fields.get("SecondaryStatus") == "Pending" and script and script.waits:
            store.schedule(job, script.waits, partial(_begin_stage, stage=0))
        else:
            _schedule_next_stage(store, job, 0)
    elif job.status == "Stopping":
        store.schedule(job, min(store.pace.job_stopping, LONGEST_STOP), _end_stopped)


def _schedule_next_stage(store: Store, job: Resource, stage: int) -> None:
    if (duration := _stage_duration(store, job, stage)) is not None:
        store.schedule(job, duration, partial(_end_stage, stage=stage))


def _end_stage(store: Store, job: Resource, *, stage: int) -> None:
    script = store.scripted_job(job.name)
    stages = job.kind.stages
    if stages[stage].timing == "job_running" and script and script.failure_reason:
        end(store, job, "Failed", FailureReason=script.failure_reason)
    elif stage + 1 == len(stages):
        end(store, job, "Completed")
    else:
        _begin_stage(store, job, stage + 1)


def _begin_stage(store: Store, job: Resource, stage: int) -> None:
    begun: dict[str, Any] = {}
    if stage == 1:
        begun = {job.kind.started: store.now(), **select(job.fields, store.exhausted)}
    step = _secondary_status(store, job.kind, job.fields, job.kind.stages[stage].secondary)
    store.change(job, "InProgress", **step, **begun)
    longest = job.fields.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    if begun and longest is not None:
        store.schedule(
            job, timedelta(seconds=longest), partial(begin_stop, ending="MaxRuntimeExceeded")
        )
    _schedule_next_stage(store, job, stage)


def _stage_duration(store: Store, job: Resource, stage: int) -> timedelta | None:
    """Return the duration of a stage; `None` for a rule that runs as long as its training job."""
    timing = job.kind.stages[stage].timing
    usual: timedelta = getattr(store.pace, timing)
    if timing != "job_running":
        return usual
    if "TrainingJobArn" in job.fields and job.kind is not TRAINING:
        return None
    if script := store.scripted_job(job.name):
        return script.run
    variables = job.fields.get("Environment", {}) | job.fields.get("HyperParameters", {})
    return timedelta(seconds=float(variables[RUN_SECONDS])) if RUN_SECONDS in variables else usual


def _end_stopped(store: Store, job: Resource) -> None:
    end(store, job, "Stopped", last=job.final_secondary_status)


def _secondary_status(
    store: Store, kind: Kind, fields: dict[str, Any], status: str
) -> dict[str, Any]:
    """Return the fields of a training job's new secondary status; other kinds have none."""
    if kind is not TRAINING:
        return {}
    now = store.now()
    steps = [{"EndTime": now, **step} for step in fields["SecondaryStatusTransitions"]]
    steps.append({"Status": status, "StartTime": now, "StatusMessage": _MESSAGES[status]})
    return {"SecondaryStatus": status, "SecondaryStatusTransitions": steps}


def _closing_fields(store: Store, job: Resource) -> dict[str, Any]:
    """Return the closing fields of a training job that has begun: its time and its model."""
    begun = job.fields.get(job.kind.started)
    if begun is None:
        return {}
    spent = int((store.now() - begun).total_seconds())
    bucket = job.fields["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    is_serverless = "ServerlessJobConfig" in job.fields
    return {
        **({"BillableTokenCount": _TOKENS_A_SECOND * spent} if is_serverless else {}),
        "TrainingTimeInSeconds": spent,
        "BillableTimeInSeconds": spent,
        "ModelArtifacts": {"S3ModelArtifacts": f"{bucket}/{job.name}/output/model.tar.gz"},
    }


def _keep_alive(fields: dict[str, Any]) -> int:
    seconds: int = fields.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds", 0)
    return seconds


def keep_warm(store: Store, job: Resource, left: timedelta, *, seconds: int) -> None:
    """Let a warm pool end by itself; it was kept for so many seconds then."""
    store.schedule(job, left, partial(terminate_warm_pool, seconds=seconds))


def terminate_warm_pool(_store: Store, job: Resource, *, seconds: int) -> None:
    """End a warm pool that was kept for so many seconds."""
    job.fields["WarmPoolStatus"] = _warm_pool("Terminated", seconds)


def _warm_pool(status: str, seconds: int) -> dict[str, Any]:
    return {"Status": status, "ResourceRetainedBillableTimeInSeconds": seconds}


def has_ended(job: Resource) -> bool:
    """Whether a job has ended."""
    return job.status in FINAL_JOB_STATUSES
