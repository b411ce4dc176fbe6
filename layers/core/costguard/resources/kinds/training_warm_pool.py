"""Warm pools: the instances of a training job that are kept, and billed, after its end.

A pool is metered with its job. Here it is found, judged by what it costs, and ended.
"""

from costguard.common.observed import mapping
from costguard.resources.billing import BillingComponent, Metered
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import ResourceStatus
from costguard.resources.translation import instance_groups

_KEPT = "KeepAlivePeriodInSeconds"


def _limits(raw: Raw) -> tuple[Raw, ...]:
    """Read for how long it is kept; a pool that waits has a time."""
    return ({"MaxRuntimeInSeconds": mapping(raw.get("ResourceConfig")).get(_KEPT)},)


KIND = Kind(
    name="training-warm-pool",
    title="warm pool",
    resource_part="training-job",
    order=21,
    identity=Identity(("TrainingJobName",)),
    api=Api(
        list=ListCall(
            operation="ListTrainingJobs",
            rows="TrainingJobSummaries",
            status="WarmPoolStatusEquals",
        ),
        describe="DescribeTrainingJob",
        stop=StopCall(
            operation="UpdateTrainingJob",
            arguments={"ResourceConfig": {_KEPT: 0}},
            condition={"NumericEquals": {"sagemaker:KeepAlivePeriod": "0"}},
        ),
    ),
    events=Events(
        detail_type=None,  # the event of its job's end has the job's; a sweep finds the pool
        creates=(),
        changes=("UpdateTrainingJob",),
        change_member="resourceConfig",
    ),
    lifecycle=Lifecycle(
        statuses={
            "Available": ResourceStatus.RUNNING,
            "InUse": ResourceStatus.STOPPED,  # a job runs in it, and is billed for it
            "Reused": ResourceStatus.STOPPED,
            "Terminated": ResourceStatus.STOPPED,
        },
        absent=ResourceStatus.STOPPED,
    ),
    translation=Translation(
        arn="TrainingJobArn",
        status="WarmPoolStatus.Status",
        started="TrainingEndTime",
        groups=lambda raw: instance_groups(raw.get("ResourceConfig")),
        limits=_limits,
        belongs_to=lambda raw: raw.get("TrainingJobArn"),
    ),
    billing=(BillingComponent(name="training-warm-pool", metered=Metered.CHILDREN),),
    words=Words(
        kept="its training job with its model, its checkpoints and its log",
        lost="the instances that waited for the next job: that one starts a few minutes later",
        restart="launch the next training job; with KeepAlivePeriodInSeconds its pool is kept",
        change_type="Launch the next job on another type. ",
        ran_too_long="End it: nothing but the wait for the next job's instances is lost:\n"
        "aws sagemaker update-training-job --training-job-name {name} --region {region} "
        "--resource-config KeepAlivePeriodInSeconds=0\n",
        asks_too_much="Launch the job with KeepAlivePeriodInSeconds of at most {seconds}.",
        rename="A warm pool has the name of its training job: name the next one {good}.",
    ),
)
