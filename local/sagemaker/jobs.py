"""The calls that every kind of job has: create, describe, stop."""

from functools import partial
from typing import Any

from local.sagemaker import model
from local.sagemaker.errors import constraints, duplicate_job, invalid
from local.sagemaker.job_lifecycle import begin_stop, launch
from local.sagemaker.kinds import JOBS, NOTEBOOK, TRAINING, TUNING, Kind
from local.sagemaker.pagination import lister
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map
from local.sagemaker.transitions import FINAL_JOB_STATUSES


def create(kind: Kind, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Create a job; a job's name is never free again."""
    name = request[kind.name_field]
    if taken := store.find_any_case(kind, name):
        raise duplicate_job(taken.arn)
    _CHECKS.get(kind.name, _nothing)(request)
    tags = as_map(request["Tags"]) if request.get("Tags") else None
    given = {member: value for member, value in request.items() if member != "Tags"}
    fields = _FILLED_IN.get(kind.name, {}) | given
    if kind.default_runtime is not None:
        limit = {"MaxRuntimeInSeconds": kind.default_runtime}
        fields["StoppingCondition"] = limit | fields.get("StoppingCondition", {})
    return {kind.arn_field: launch(store, kind, name, fields, tags).arn}


def describe(kind: Kind, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Return the API's description of a resource."""
    resource = store.find(kind, request[kind.name_field])
    members = model.members(model.output_shape(f"Describe{kind.prefix}"))
    return {name: resource.fields[name] for name in members if name in resource.fields}


def stop(kind: Kind, store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Stop a job that has not ended; one that is stopping already keeps stopping.

    The refusal of an ended training or transform job is quoted from AWS (benchmark-ai issue 928);
    that of the other kinds is assumed to be alike.
    """
    job = store.find(kind, request[kind.name_field], to_stop=True)
    if job.status in FINAL_JOB_STATUSES:
        raise invalid(
            f"The request was rejected because the {kind.words} is in status "
            f"{job.status}{kind.full_stop}",
        )
    begin_stop(store, job)
    return {}


def _nothing(_asked: dict[str, Any]) -> None:
    return


def _check_training(request: dict[str, Any]) -> None:
    if "ResourceConfig" not in request and "ServerlessJobConfig" not in request:
        raise _must_not_be_null("resourceConfig")
    limits = request.get("StoppingCondition", {})
    longest = limits.get("MaxRuntimeInSeconds", TRAINING.default_runtime)
    if request.get("EnableManagedSpotTraining") and limits.get("MaxWaitTimeInSeconds", 0) < longest:
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds",
        )


def _check_tuning(request: dict[str, Any]) -> None:
    one = [request["TrainingJobDefinition"]] if "TrainingJobDefinition" in request else []
    definitions = one or request.get("TrainingJobDefinitions")
    if not definitions:
        raise _must_not_be_null("trainingJobDefinition")
    if not all(_RESOURCES & definition.keys() for definition in definitions):
        raise _must_not_be_null("trainingJobDefinition.resourceConfig")


def _must_not_be_null(member: str) -> Exception:
    return constraints(
        [f"Value null at '{member}' failed to satisfy constraint: Member must not be null"],
    )


_FILLED_IN = {
    TRAINING.name: dict.fromkeys(
        (
            "EnableNetworkIsolation",
            "EnableInterContainerTrafficEncryption",
            "EnableManagedSpotTraining",
        ),
        False,
    ),
}
"""What Describe tells though nobody said it. Beside these and a training job's StoppingCondition
(documented: a day) nothing is: that of a processing job, above all, is a guess."""
_RESOURCES = {"ResourceConfig", "HyperParameterTuningResourceConfig"}
_CHECKS = {TRAINING.name: _check_training, TUNING.name: _check_tuning}

OPERATIONS: dict[str, Operation] = {
    **{f"Create{kind.prefix}": partial(create, kind) for kind in JOBS},
    **{f"Stop{kind.prefix}": partial(stop, kind) for kind in JOBS},
    **{f"Describe{kind.prefix}": partial(describe, kind) for kind in (NOTEBOOK, *JOBS)},
    **{f"List{kind.prefix}s": lister(kind) for kind in (NOTEBOOK, *JOBS)},
}
