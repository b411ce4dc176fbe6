"""Jobs with a category, a kind that is not built: listed, described and stopped by category."""

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
from costguard.resources.model import ResourceStatus
from costguard.resources.translation import JOB_STATUSES

KIND = Kind(
    name="job",
    title="job",
    identity=Identity(("JobCategory", "JobName")),
    api=Api(
        list=ListCall(
            operation="ListJobs",
            rows="JobSummaries",
            each=({"JobCategory": "AgentRFT"}, {"JobCategory": "AgentRFTEvaluation"}),
        ),
        describe="DescribeJob",
        stop=StopCall(operation="StopJob"),
    ),
    events=Events(detail_type=None, creates=("CreateJob",)),
    lifecycle=Lifecycle(statuses=JOB_STATUSES | {"DeleteFailed": ResourceStatus.STOPPED}),
    translation=Translation(
        arn="JobArn",
        status="JobStatus",
        started="CreationTime",
        ended="EndTime",
        groups=lambda _raw: None,
    ),
    billing=(),
    words=Words(
        kept="partial results",
        lost="what was not yet written",
        restart="launch a new job",
        rename="A job cannot be renamed: name the next one {good}.",
    ),
)
