"""Find the run of a pipeline that runs a job of which an event tells."""

from copy import replace

from costguard.app.ports import GuardPorts
from costguard.ownership.claims import PIPELINE_TAG
from costguard.resources.kinds.pipeline_execution import KIND
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.naming import is_pipeline_step


def run_of(ports: GuardPorts, job: Resource) -> Resource | None:
    """Find it by the job's tag, which anybody can write: it counts once AWS lists the job there."""
    if job.status is not ResourceStatus.RUNNING or job.belongs_to:
        return None
    tags = job.tags
    if tags is None and is_pipeline_step(job.name):
        tags = ports.inventory.tags(job.arn)
    name = KIND.identity.name_in_arn((tags or {}).get(PIPELINE_TAG, ""))
    run = ports.inventory.describe(job.beside(KIND.name, name)) if name else None
    if run is None or run.status is not ResourceStatus.RUNNING:
        return None
    listed = {arn.lower() for arn in run.steps or ()}
    return replace(run, jobs=(job,)) if job.arn.lower() in listed else None
