"""Labeling jobs of Ground Truth: people label, and training and transform jobs may help."""

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
from costguard.resources.translation import JOB_STATUSES

KIND = Kind(
    name="labeling-job",
    title="labeling job",
    order=90,
    identity=Identity(("LabelingJobName",)),
    api=Api(
        list=ListCall(operation="ListLabelingJobs", rows="LabelingJobSummaryList"),
        describe="DescribeLabelingJob",
        stop=StopCall(operation="StopLabelingJob"),
    ),
    events=Events(
        detail_type="SageMaker Ground Truth Labeling Job State Change",
        creates=("CreateLabelingJob",),
    ),
    lifecycle=Lifecycle(statuses=JOB_STATUSES | {"Initializing": ResourceStatus.STARTING}),
    translation=Translation(
        arn="LabelingJobArn",
        status="LabelingJobStatus",
        started="CreationTime",
        by_children=True,
    ),
    billing=(),  # by labeled object, which depends on who labels it
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="the labels that were made so far, in the output bucket",
        lost="what was still to be labeled; a labeling job cannot be started again",
        restart="launch a new labeling job with what is not labeled yet",
        change_type="A labeling job chooses its instances itself. ",
        rename="A labeling job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
