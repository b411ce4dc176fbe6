"""Pipelines and their runs, which make one job after another.

Members and statuses: the service model. Names and tags of a step's job: the developer guide. A run
fails with a step whose job was stopped; one without steps lasts until it is stopped.
"""

import json
from hashlib import sha256
from typing import Any

from local.sagemaker import model
from local.sagemaker.errors import AwsError
from local.sagemaker.events import run_of_pipeline
from local.sagemaker.job_lifecycle import begin_stop, launch
from local.sagemaker.kinds import PROCESSING, TRAINING
from local.sagemaker.other_kinds import PIPELINE
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map
from local.sagemaker.transitions import FINAL_JOB_STATUSES

type Fields = dict[str, Any]

_JOBS = {"Training": (TRAINING, "TrainingJob"), "Processing": (PROCESSING, "ProcessingJob")}
_ENDS = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Failed"}


def _runs(store: Store) -> dict[str, Fields]:
    return store.standing.setdefault("PipelineExecution", {})


def _create(store: Store, request: Fields) -> Fields:
    tags = as_map(request["Tags"]) if request.get("Tags") else None
    fields = {member: value for member, value in request.items() if member != "Tags"}
    made = store.add(PIPELINE, request["PipelineName"], fields, status="Active", tags=tags)
    return {"PipelineArn": made.arn}


def _describe(store: Store, request: Fields) -> Fields:
    found = store.find(PIPELINE, request["PipelineName"]).fields
    members = model.members(model.output_shape("DescribePipeline"))
    return {member: found[member] for member in members if member in found}


def _list(store: Store, _request: Fields) -> Fields:
    rows, members = model.summary_members("ListPipelines")
    every = (one.fields for one in store.all(PIPELINE))
    return {rows: [{m: fields[m] for m in members if m in fields} for fields in every]}


def _start(store: Store, request: Fields) -> Fields:
    pipeline = store.find(PIPELINE, request["PipelineName"])
    number = sha256(f"{pipeline.arn}/{len(_runs(store))}".encode()).hexdigest()[:12]
    definition = json.loads(pipeline.fields.get("PipelineDefinition") or "{}")
    arn = f"{pipeline.arn}/execution/{number}"
    run = _runs(store)[arn] = {
        "PipelineName": pipeline.name,
        "PipelineArn": pipeline.arn,
        "PipelineExecutionArn": arn,
        "PipelineExecutionStatus": None,
        "CreationTime": store.now(),
        "StartTime": store.now(),
        "waiting": list(definition.get("Steps", ())),
        "steps": [],
    }
    _change(store, run, "Executing")
    _next_step(store, run)
    return {"PipelineExecutionArn": arn}


def _change(store: Store, run: Fields, status: str) -> None:
    before, run["PipelineExecutionStatus"] = run["PipelineExecutionStatus"], status
    run["LastModifiedTime"] = store.now()
    store.publish(run_of_pipeline(store.place, run, before, store.now()))


def _next_step(store: Store, run: Fields) -> None:
    """Start the job of the next step, as SageMaker names and tags it."""
    if not run["waiting"]:
        return
    step = run["waiting"].pop(0)
    kind, member = _JOBS[step["Type"]]
    number = run["PipelineExecutionArn"].rpartition("/")[2]
    suffix = sha256(step["Name"].encode()).hexdigest()[:10]
    tags = store.find(PIPELINE, run["PipelineName"]).tags or {}
    job = launch(
        store,
        kind,
        f"pipelines-{number}-{step['Name']}-{suffix}",
        dict(step["Arguments"]),
        tags | {"sagemaker:pipeline-execution-arn": run["PipelineExecutionArn"]},
    )
    made = {"StepName": step["Name"], "StepStatus": "Executing", "StartTime": store.now()}
    run["steps"].append(made | {"Metadata": {member: {"Arn": job.arn}}})


def react(store: Store, job: Resource, _before: str | None) -> None:
    """Let a run go on, or end, when the job of its step has ended."""
    if job.kind not in (TRAINING, PROCESSING) or job.status not in FINAL_JOB_STATUSES:
        return
    for run in _runs(store).values():
        for step in run["steps"]:
            if step["StepStatus"] == "Executing" and job.arn in str(step["Metadata"]):
                step |= {"StepStatus": _ENDS[job.status], "EndTime": store.now()}
                _go_on(store, run, step["StepStatus"])


def _go_on(store: Store, run: Fields, ended: str) -> None:
    if run["PipelineExecutionStatus"] == "Stopping":
        _change(store, run, "Stopped")
    elif ended == "Failed" or not run["waiting"]:
        _change(store, run, ended)
    else:
        _next_step(store, run)


def _stop(store: Store, request: Fields) -> Fields:
    run = _find(store, request)
    if run["PipelineExecutionStatus"] == "Executing":
        _change(store, run, "Stopping")
        busy = [step for step in run["steps"] if step["StepStatus"] == "Executing"]
        for step in busy:
            [made] = step["Metadata"].values()
            begin_stop(store, store.by_arn(made["Arn"]))
        if not busy:
            _change(store, run, "Stopped")
    return {"PipelineExecutionArn": run["PipelineExecutionArn"]}


def _find(store: Store, request: Fields) -> Fields:
    run = _runs(store).get(request["PipelineExecutionArn"])
    if run is None:
        raise AwsError("ResourceNotFound", "Requested resource not found.")
    return run


def _describe_run(store: Store, request: Fields) -> Fields:
    run, members = _find(store, request), model.output_shape("DescribePipelineExecution")
    return {m: run[m] for m in model.members(members) if m in run}


def _list_runs(store: Store, request: Fields) -> Fields:
    """List the runs of one pipeline on one page, the newest first."""
    rows, members = model.summary_members("ListPipelineExecutions")
    of = [run for run in _runs(store).values() if run["PipelineName"] == request["PipelineName"]]
    return {rows: [{m: run[m] for m in members if m in run} for run in reversed(of)]}


def _list_steps(store: Store, request: Fields) -> Fields:
    return {"PipelineExecutionSteps": list(reversed(_find(store, request)["steps"]))}


OPERATIONS: dict[str, Operation] = {
    "CreatePipeline": _create,
    "DescribePipeline": _describe,
    "ListPipelines": _list,
    "StartPipelineExecution": _start,
    "StopPipelineExecution": _stop,
    "DescribePipelineExecution": _describe_run,
    "ListPipelineExecutions": _list_runs,
    "ListPipelineExecutionSteps": _list_steps,
}
