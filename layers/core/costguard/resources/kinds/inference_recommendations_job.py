"""Inference recommendations jobs: they make endpoints for a while, to measure them."""

from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import ResourceStatus

KIND = Kind(
    name="inference-recommendations-job",
    title="inference recommendations job",
    identity=Identity(("JobName",)),
    api=Api(
        list=ListCall(
            operation="ListInferenceRecommendationsJobs", rows="InferenceRecommendationsJobs"
        ),
        describe="DescribeInferenceRecommendationsJob",
        stop=StopCall(operation="StopInferenceRecommendationsJob"),
    ),
    events=Events(detail_type=None, creates=("CreateInferenceRecommendationsJob",)),
    lifecycle=Lifecycle(
        statuses={
            "PENDING": ResourceStatus.STARTING,
            "IN_PROGRESS": ResourceStatus.RUNNING,
            "STOPPING": ResourceStatus.STOPPING,
            "DELETING": ResourceStatus.STOPPING,
            "COMPLETED": ResourceStatus.STOPPED,
            "FAILED": ResourceStatus.STOPPED,
            "STOPPED": ResourceStatus.STOPPED,
            "DELETED": ResourceStatus.STOPPED,
        }
    ),
    translation=Translation(
        arn="JobArn", status="Status", started="CreationTime", ended="CompletionTime"
    ),
    billing=(),  # the endpoints that it makes, for as long as each is measured
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="the model; what was measured, if it was finished",
        lost="the measurement of what it had still to try",
        restart="launch a new inference recommendations job",
        rename="An inference recommendations job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
