"""Optimization jobs: they make a model cheaper or faster to serve."""

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
from costguard.resources.translation import UPPER_CASE_STATUSES

KIND = Kind(
    name="optimization-job",
    title="optimization job",
    identity=Identity(("OptimizationJobName",)),
    api=Api(
        list=ListCall(operation="ListOptimizationJobs", rows="OptimizationJobSummaries"),
        describe="DescribeOptimizationJob",
        stop=StopCall(operation="StopOptimizationJob"),
    ),
    events=Events(detail_type=None, creates=("CreateOptimizationJob",)),
    lifecycle=Lifecycle(statuses=UPPER_CASE_STATUSES),
    translation=Translation(
        arn="OptimizationJobArn",
        status="OptimizationJobStatus",
        started="OptimizationStartTime",
        ended="OptimizationEndTime",
    ),
    billing=(),  # what it runs on, no answer of AWS tells
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="the model that it began with",
        lost="the optimized model, unless it was finished",
        restart="launch a new optimization job",
        rename="An optimization job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
