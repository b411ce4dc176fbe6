"""Batch transform jobs."""

from costguard.resources.billing import BillingComponent
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Kind,
    Lifecycle,
    ListCall,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.translation import JOB_STATUSES, instances_of_one_type, not_started

KIND = Kind(
    name="transform-job",
    title="transform job",
    order=50,
    console="transform-jobs",
    identity=Identity(("TransformJobName",)),
    api=Api(
        list=ListCall(operation="ListTransformJobs", rows="TransformJobSummaries"),
        describe="DescribeTransformJob",
        stop=StopCall(operation="StopTransformJob"),
    ),
    events=Events(
        detail_type="SageMaker Transform Job State Change",
        creates=("CreateTransformJob",),
    ),
    lifecycle=Lifecycle(statuses=JOB_STATUSES),
    translation=Translation(
        arn="TransformJobArn",
        status="TransformJobStatus",
        started="TransformStartTime",
        ended="TransformEndTime",
        groups=lambda raw: instances_of_one_type(raw.get("TransformResources")),
        waits=not_started("TransformStartTime"),
        parents=("AutoMLJobArn", "LabelingJobArn"),
    ),
    billing=(
        BillingComponent(
            name="transform", price_list=("Tsform:",), bill=("Tsform:",), same_rate="training"
        ),
    ),
    words=Words(
        kept="the input, the model and its log",
        lost="all of its output: SageMaker stores none for a stopped transform job",
        restart="launch a new transform job",
        rename="A transform job cannot be renamed: name the next one {good}.",
    ),
)
