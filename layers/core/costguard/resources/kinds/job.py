"""Jobs with a category: they customize and evaluate models, and make data for that."""

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

_CATEGORIES = (
    *("AgentRFT", "AgentRFTEvaluation"),
    *("DataQualityEvaluation", "DataTransformation", "SyntheticDataGeneration"),
)

KIND = Kind(
    name="job",
    title="customization job",
    identity=Identity(("JobCategory", "JobName")),
    api=Api(
        list=ListCall(
            operation="ListJobs",
            rows="JobSummaries",
            each=tuple({"JobCategory": each} for each in _CATEGORIES),
        ),
        describe="DescribeJob",
        stop=StopCall(operation="StopJob"),
    ),
    events=Events(detail_type=None, creates=("CreateJob",)),
    lifecycle=Lifecycle(statuses=JOB_STATUSES | {"DeleteFailed": ResourceStatus.STOPPED}),
    translation=Translation(
        arn="JobArn", status="JobStatus", started="CreationTime", ended="EndTime"
    ),
    billing=(),  # by token, and no answer of AWS counts them
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="partial results in its output location, if there are any",
        lost="what was not written yet",
        restart="launch a new job of the same category",
        rename="A job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
