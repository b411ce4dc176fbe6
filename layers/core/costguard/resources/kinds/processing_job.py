"""Processing jobs."""

from costguard.common.observed import mapping
from costguard.resources.billing import BillingComponent
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Groups,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.translation import (
    JOB_STATUSES,
    instance_groups,
    not_started,
    stopping_condition,
)


def _groups(raw: Raw) -> Groups:
    return instance_groups(mapping(raw.get("ProcessingResources")).get("ClusterConfig"))


KIND = Kind(
    name="processing-job",
    title="processing job",
    order=40,
    identity=Identity(("ProcessingJobName",)),
    api=Api(
        list=ListCall(operation="ListProcessingJobs", rows="ProcessingJobSummaries"),
        describe="DescribeProcessingJob",
        stop=StopCall(operation="StopProcessingJob"),
    ),
    events=Events(
        detail_type="SageMaker Processing Job State Change",
        creates=("CreateProcessingJob",),
    ),
    lifecycle=Lifecycle(statuses=JOB_STATUSES),
    translation=Translation(
        arn="ProcessingJobArn",
        status="ProcessingJobStatus",
        started="ProcessingStartTime",
        ended="ProcessingEndTime",
        groups=_groups,
        limits=stopping_condition,
        waits=not_started("ProcessingStartTime"),
        parents=("TrainingJobArn", "MonitoringScheduleArn", "AutoMLJobArn"),
    ),
    billing=(
        BillingComponent(name="processing", price_list=("Processing:",), bill=("Processing:",)),
    ),
    guardrail=Guardrail(runtime_key=True),
    words=Words(
        kept="outputs uploaded continuously (S3UploadMode Continuous); its log",
        lost="outputs that would have been uploaded at the end of the job",
        restart="launch a new processing job",
        max_runtime="in the SageMaker Python SDK: max_runtime_in_seconds={seconds} of the "
        "Processor",
        rename="A processing job cannot be renamed: name the next one {good}.",
    ),
)
