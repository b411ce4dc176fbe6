"""The calls of the kinds that run plainly, and the candidates of an AutoML job."""

from functools import partial
from typing import Any

from local.sagemaker import model
from local.sagemaker.errors import AwsError, duplicate_job, invalid
from local.sagemaker.job_lifecycle import begin_stop, launch
from local.sagemaker.kinds import TRAINING
from local.sagemaker.other_kinds import AUTO_ML, ROWS, Row
from local.sagemaker.pagination import page
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map
from local.sagemaker.transitions import ACTIVE_JOB_STATUSES

_AT_ONCE = 2  # candidates of an AutoML job


def create(row: Row, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Make one."""
    kind, name = row.kind, str(row.kind.name_in(request))
    if taken := store.find_any_case(kind, name):
        raise duplicate_job(taken.arn)
    tags = as_map(request["Tags"]) if request.get("Tags") else None
    fields = {member: value for member, value in request.items() if member != "Tags"}
    begins = row.course.made or row.course.runs
    made = store.add(kind, name, dict(row.filled_in) | fields, status=begins, tags=tags)
    made.fields[kind.name_field] = request[kind.name_field]
    if row.course.made:
        store.schedule(made, store.pace.job_starting, partial(_run, row, row.course.runs))
    else:
        _run(row, row.course.runs, store, made)
    return {kind.arn_field: made.arn}


def _run(row: Row, status: str, store: Store, made: Resource) -> None:
    started = row.kind.started
    store.change(made, status, **({started: store.now()} if started else {}))
    if row.course.completed:
        script = store.scripted_job(str(made.fields[row.kind.name_field]))
        lasts = script.run if script else store.pace.job_running
        store.schedule(made, lasts, partial(_end, row, row.course.completed))


def _end(row: Row, status: str, store: Store, one: Resource) -> None:
    store.change(one, status, **({row.kind.ended: store.now()} if row.kind.ended else {}))


def stop(row: Row, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Stop one that runs."""
    one = _find(row, store, request)
    course = row.course
    if one.status in (course.stopping, course.stopped, course.completed):
        raise invalid(
            f"The request was rejected because the {row.kind.words} is in status {one.status}"
        )
    if course.restarting and one.status in (course.made, course.restarting):
        raise AwsError("ConflictException", f"{one.arn} is {one.status}")
    one.generation += 1
    if course.stopping is None:
        _end(row, course.stopped, store, one)
    else:
        store.change(one, course.stopping)
        store.schedule(one, store.pace.job_stopping, partial(_end, row, course.stopped))
    return {}


def start(row: Row, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Start one again."""
    one, course = _find(row, store, request), row.course
    if one.status != course.stopped:
        raise AwsError("ConflictException", f"{one.arn} is {one.status}")
    if course.restarting:
        store.change(one, course.restarting)
        again = partial(_run, row, course.restarted or course.runs)
        store.schedule(one, store.pace.job_starting, again)
    else:
        store.change(one, course.runs)
    return {}


def describe(row: Row, operation: str, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Describe one, with the members that this operation has."""
    one = _find(row, store, request)
    members = model.members(model.output_shape(operation))
    return {name: one.fields[name] for name in members if name in one.fields}


def listed(row: Row, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """List some."""
    found = store.all(row.kind)
    if category := row.kind.category:
        found = [one for one in found if one.fields[category] == request[category]]
    return page(f"List{row.kind.prefix}s", row.kind, found, request)


def _find(row: Row, store: Store, request: dict[str, Any]) -> Resource:
    return store.find(row.kind, str(row.kind.name_in(request)))


def react(store: Store, changed: Resource, before: str | None) -> None:
    """Let an AutoML job try its candidates, a few at a time; they end with it."""
    if changed.kind is AUTO_ML.kind:
        if changed.status == "InProgress" and before is not None:
            _try_candidates(store, changed)
        elif changed.status != "InProgress":
            for candidate in _candidates(store, changed):
                begin_stop(store, candidate)
    elif (
        changed.kind is TRAINING
        and changed.status not in ACTIVE_JOB_STATUSES
        and "AutoMLJobArn" in changed.fields
    ):
        _try_candidates(store, store.by_arn(changed.fields["AutoMLJobArn"]))


def _candidates(store: Store, automl: Resource) -> list[Resource]:
    return [job for job in store.all(TRAINING) if job.fields.get("AutoMLJobArn") == automl.arn]


def _try_candidates(store: Store, automl: Resource) -> None:
    tried = _candidates(store, automl)
    config = automl.fields.get("AutoMLJobConfig", {}).get("CompletionCriteria", {})
    most = config.get("MaxCandidates", 2 * _AT_ONCE)
    busy = sum(job.status in ACTIVE_JOB_STATUSES for job in tried)
    if automl.status != "InProgress":
        return
    for number in range(len(tried), min(most, len(tried) + _AT_ONCE - busy)):
        fields = {
            "AutoMLJobArn": automl.arn,
            "RoleArn": automl.fields["RoleArn"],
            "ResourceConfig": {
                "InstanceType": "ml.c5.18xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 50,
            },
            "OutputDataConfig": automl.fields["OutputDataConfig"],
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        }
        launch(store, TRAINING, f"{automl.name}-trial-{number}", fields, None)


def _operations(row: Row) -> dict[str, Operation]:
    prefix = row.kind.prefix
    creates = row.creates or (f"Create{prefix}",)
    describes = row.describes or (f"Describe{prefix}",)
    return {
        **{each: partial(create, row) for each in creates},
        **{each: partial(describe, row, each) for each in describes},
        **({row.starts: partial(start, row)} if row.starts else {}),
        f"Stop{prefix}": partial(stop, row),
        f"List{prefix}s": partial(listed, row),
    }


OPERATIONS: dict[str, Operation] = {
    operation: call for row in ROWS for operation, call in _operations(row).items()
}
