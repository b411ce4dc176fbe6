"""Processing jobs."""

import re

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
from costguard.resources.model import BillingFacts
from costguard.resources.translation import (
    JOB_STATUSES,
    instance_groups,
    not_started,
    stopping_condition,
)

_JOB = "TrainingJobArn"  # of a rule of Debugger: the job that it watches


def _groups(raw: Raw) -> Groups:
    return instance_groups(mapping(raw.get("ProcessingResources")).get("ClusterConfig"))


_RULES = re.compile(
    r"(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/sagemaker-debugger-rules\b.*"
)
_OF_AWS = (
    "314341159256 199566480951 430734990657 578805364391 364406365360 904829902805 "
    "972752614525 184798709955 519511493484 618459771430 658757709296 482524230118 "
    "314864569078 563282790590 929884845733 250201462417 447278800020 986000313247 "
    "818342061345 503895931360 915447279597 515509971035 685455198987 895741380848"
)
"""The registries of Debugger's built-in rules, one a region (image_uri_config/debugger.json of the
SageMaker Python SDK). AWS runs these at no cost, on instances that it chooses."""


def _is_built_in(raw: Raw) -> bool:
    """Tell a built-in rule of Debugger from a rule of somebody's own, which is billed."""
    image = mapping(raw.get("AppSpecification")).get("ImageUri")
    found = _RULES.fullmatch(image) if isinstance(image, str) else None
    return bool(raw.get(_JOB)) and found is not None and found[1] in _OF_AWS.split()


def _limits(raw: Raw) -> tuple[Raw, ...]:
    """Find the StoppingCondition; of a rule nobody can set it, and the rule ends with its job."""
    return () if raw.get(_JOB) else stopping_condition(raw)


KIND = Kind(
    name="processing-job",
    title="processing job",
    order=40,
    console="processing-jobs",
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
        limits=_limits,
        waits=not_started("ProcessingStartTime"),
        parents=(_JOB, "MonitoringScheduleArn", "AutoMLJobArn"),
        # a rule that was stopped is not launched again, so it is judged itself, where it runs
        belongs_to=lambda raw: None if _is_built_in(raw) else raw.get(_JOB),
        billing=lambda raw: BillingFacts(free=_is_built_in(raw)),
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
