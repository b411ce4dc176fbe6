"""Compilation jobs of Neo: they make a model run on another device."""

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
    name="compilation-job",
    title="compilation job",
    identity=Identity(("CompilationJobName",)),
    api=Api(
        list=ListCall(operation="ListCompilationJobs", rows="CompilationJobSummaries"),
        describe="DescribeCompilationJob",
        stop=StopCall(operation="StopCompilationJob"),
    ),
    events=Events(detail_type=None, creates=("CreateCompilationJob",)),
    lifecycle=Lifecycle(statuses=UPPER_CASE_STATUSES),
    translation=Translation(
        arn="CompilationJobArn",
        status="CompilationJobStatus",
        started="CompilationStartTime",
        ended="CompilationEndTime",
    ),
    billing=(),  # nowhere priced: perhaps it is free
    guardrail=Guardrail(types_key=False),
    words=Words(
        kept="the model that it began with",
        lost="the compiled model, unless it was finished",
        restart="launch a new compilation job",
        rename="A compilation job cannot be renamed: name the next one {good}.",
    ),
    seldom=True,
)
