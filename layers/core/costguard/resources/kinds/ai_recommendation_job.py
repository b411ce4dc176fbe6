"""AI recommendation jobs: they try where a model is best deployed."""

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
    name="ai-recommendation-job",
    title="AI recommendation job",
    identity=Identity(("AIRecommendationJobName",)),
    api=Api(
        list=ListCall(
            operation="ListAIRecommendationJobs", rows="AIRecommendationJobs", changed_after=None
        ),
        describe="DescribeAIRecommendationJob",
        stop=StopCall(operation="StopAIRecommendationJob"),
    ),
    events=Events(detail_type=None, creates=("CreateAIRecommendationJob",)),
    lifecycle=Lifecycle(statuses=JOB_STATUSES),
    translation=Translation(
        arn="AIRecommendationJobArn",
        status="AIRecommendationJobStatus",
        started="StartTime",
        ended="EndTime",
    ),
    billing=(),  # what it runs on, no answer of AWS tells
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="what it had written to S3",
        lost="the recommendations that it had still to make",
        restart="launch a new AI recommendation job",
        rename="An AI recommendation job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
