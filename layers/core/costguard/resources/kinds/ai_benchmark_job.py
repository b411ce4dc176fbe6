"""AI benchmark jobs: they put load on an endpoint that exists."""

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
    name="ai-benchmark-job",
    title="AI benchmark job",
    identity=Identity(("AIBenchmarkJobName",)),
    api=Api(
        list=ListCall(operation="ListAIBenchmarkJobs", rows="AIBenchmarkJobs", changed_after=None),
        describe="DescribeAIBenchmarkJob",
        stop=StopCall(operation="StopAIBenchmarkJob"),
    ),
    events=Events(detail_type=None, creates=("CreateAIBenchmarkJob",)),
    lifecycle=Lifecycle(statuses=JOB_STATUSES),
    translation=Translation(
        arn="AIBenchmarkJobArn", status="AIBenchmarkJobStatus", started="StartTime", ended="EndTime"
    ),
    billing=(),  # what it runs on, no answer of AWS tells
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="what it had written to S3",
        lost="the rest of the measurement",
        restart="launch a new AI benchmark job",
        rename="An AI benchmark job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
