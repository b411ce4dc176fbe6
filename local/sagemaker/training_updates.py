"""UpdateTrainingJob: another length of a warm pool, or profiler rules for a job that runs.

"To manually terminate a warm pool, set KeepAlivePeriodInSeconds to 0" (developer guide, warm
pools); ResourceConfigForUpdate. The texts of the refusals are not documented.
"""

from datetime import timedelta
from typing import Any

from local.sagemaker import debugger
from local.sagemaker.errors import invalid
from local.sagemaker.job_lifecycle import keep_warm, terminate_warm_pool
from local.sagemaker.kinds import TRAINING
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store

_RULES = "ProfilerRuleConfigurations"


def update(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Change the warm pool of a job, or what profiles it."""
    job = store.find(TRAINING, request["TrainingJobName"])
    if config := request.get("ResourceConfig"):
        _keep(store, job, config["KeepAlivePeriodInSeconds"])
    if rules := request.get(_RULES):
        if job.status != "InProgress":
            raise invalid(f"The training job is in status {job.status}: it cannot be profiled.")
        job.fields[_RULES] = [*job.fields.get(_RULES, ()), *rules]
        debugger.watch(store, job, _RULES, rules)
    return {"TrainingJobArn": job.arn}


def _keep(store: Store, job: Resource, seconds: int) -> None:
    """Keep a waiting warm pool so long after its job's end; zero ends it."""
    if job.fields.get("WarmPoolStatus", {}).get("Status") != "Available":
        raise invalid("The warm pool of the training job is not Available.")
    job.generation += 1
    job.fields["ResourceConfig"] = job.fields["ResourceConfig"] | {
        "KeepAlivePeriodInSeconds": seconds
    }
    job.fields["LastModifiedTime"] = store.now()
    kept = store.now() - job.fields[TRAINING.ended]
    left = timedelta(seconds=seconds) - kept
    if left <= timedelta(0):
        terminate_warm_pool(store, job, seconds=int(kept.total_seconds()))
    else:
        keep_warm(store, job, left, seconds=seconds)


OPERATIONS: dict[str, Operation] = {"UpdateTrainingJob": update}
