"""AutoML jobs: they are billed as the jobs that they start, and judged by what those run on."""

from costguard.resources.billing import BillingComponent, Metered
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
from costguard.resources.translation import JOB_STATUSES

KIND = Kind(
    name="automl-job",
    title="AutoML job",
    order=60,
    identity=Identity(("AutoMLJobName",)),
    api=Api(
        list=ListCall(operation="ListAutoMLJobs", rows="AutoMLJobSummaries"),
        describe="DescribeAutoMLJobV2",  # it describes those of both versions
        stop=StopCall(operation="StopAutoMLJob"),
    ),
    events=Events(detail_type=None, creates=("CreateAutoMLJob", "CreateAutoMLJobV2")),
    lifecycle=Lifecycle(statuses=JOB_STATUSES),
    translation=Translation(
        arn="AutoMLJobArn",
        status="AutoMLJobStatus",
        started="CreationTime",
        ended="EndTime",
        by_children=True,
    ),
    billing=(BillingComponent(name="training", metered=Metered.CHILDREN),),
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="the candidates that were finished, and their models",
        lost="its running jobs, and the candidates that were not finished",
        restart="launch a new AutoML job",
        change_type="An AutoML job chooses its instances itself. ",
        rename="An AutoML job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
