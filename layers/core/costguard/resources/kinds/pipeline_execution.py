"""Runs of pipelines: each is judged by the jobs that it runs, which it would only start again.

AWS itself lists those jobs (ListPipelineExecutionSteps): tags and names that say so could be
anybody's. A run is made only by its ARN, and its tags are its pipeline's.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from costguard.common.observed import LATEST, elements, mapping, moment, printable
from costguard.resources.billing import BillingComponent, Metered
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    FollowUp,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    ParentList,
    Raw,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import ResourceStatus

_STEPS = "Steps"
_OVER = ("Stopped", "Failed", "Succeeded")
_LONGEST_ARN = 2048
_BREAK = timedelta(hours=1)
"""A run in which nothing ran for this long was retried: its age counts from then on."""


def _steps_of(raw: Raw) -> Iterator[Raw]:
    """List its steps, the newest first."""
    yield from map(mapping, elements(mapping(raw.get(_STEPS)).get("PipelineExecutionSteps")))


def _jobs(raw: Raw) -> tuple[str, ...]:
    """Name what its steps run now: each step has one member, with the ARN of what it made."""
    found = (
        printable(mapping(made).get(member), _LONGEST_ARN)
        for step in _steps_of(raw)
        if step.get("StepStatus") not in _OVER
        for made in mapping(step.get("Metadata")).values()
        for member in ("Arn", "CheckJobArn")
    )
    return tuple(filter(None, found))


def _began(raw: Raw) -> datetime | None:
    """Find when it began, or when it was retried: its creation stays the same."""
    began, over = moment(raw.get("CreationTime")), None
    times = ((moment(s.get("StartTime")), moment(s.get("EndTime"))) for s in _steps_of(raw))
    for start, end in sorted((start, end or LATEST) for start, end in times if start):
        if over is not None and start - over > _BREAK:
            began = start
        over = max(over or end, end)
    return began


KIND = Kind(
    name="pipeline-execution",
    title="pipeline execution",
    resource_part="pipeline",
    order=75,
    identity=Identity(("PipelineExecutionArn",), of_arn=3),
    api=Api(
        list=ListCall(
            operation="ListPipelineExecutions",
            rows="PipelineExecutionSummaries",
            parents=ParentList(
                operation="ListPipelines",
                rows="PipelineSummaries",
                field="PipelineName",
                argument="PipelineName",
            ),
            each=({"SortBy": "CreationTime", "SortOrder": "Descending"},),
            status=None,
            newest_page=True,  # a pipeline that runs has its execution among the newest hundred
            created_after=None,
            changed_after=None,
        ),
        describe="DescribePipelineExecution",
        described_by="PipelineExecutionArn",
        follow_ups=(
            FollowUp(
                operation="ListPipelineExecutionSteps",
                field="PipelineExecutionArn",
                argument="PipelineExecutionArn",
                arguments={"SortOrder": "Descending", "MaxResults": 100},  # of those that run
                into=_STEPS,
                resource="pipeline",
            ),
        ),
        stop=StopCall(operation="StopPipelineExecution"),
    ),
    events=Events(
        detail_type="SageMaker Model Building Pipeline Execution Status Change",
        status="currentPipelineExecutionStatus",
        creates=("StartPipelineExecution",),
        changes=("RetryPipelineExecution", "UpdatePipelineExecution"),
    ),
    lifecycle=Lifecycle(
        statuses={
            "Executing": ResourceStatus.RUNNING,
            "Stopping": ResourceStatus.STOPPING,
            "Stopped": ResourceStatus.STOPPED,
            "Failed": ResourceStatus.STOPPED,
            "Succeeded": ResourceStatus.STOPPED,
            "CompletedWithFailures": ResourceStatus.STOPPED,
        },
    ),
    translation=Translation(
        arn="PipelineExecutionArn",
        status="PipelineExecutionStatus",
        started="CreationTime",
        began=_began,
        belongs_to=lambda raw: raw.get("PipelineArn"),
        steps=_jobs,
        profile=lambda raw: printable(mapping(raw.get("CreatedBy")).get("UserProfileName")),
    ),
    billing=(BillingComponent(name="training", metered=Metered.CHILDREN),),
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="the pipeline, and what its finished steps have made",
        lost="what its running steps did: their jobs are stopped, too",
        restart="aws sagemaker retry-pipeline-execution --region {region} {address}",
        end="Stop it; its running jobs are stopped, too:\n"
        "aws sagemaker stop-pipeline-execution --region {region} {address}",
        ran_too_long="If nobody waits for it, stop it; its running jobs are stopped, too:\n"
        "aws sagemaker stop-pipeline-execution --region {region} {address}\n",
        rename="A run of a pipeline has no name of its own: name the next pipeline {good}.",
    ),
    seldom=True,
)
