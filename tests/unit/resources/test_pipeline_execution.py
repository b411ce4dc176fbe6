"""What is read of a run of a pipeline: its name, its jobs, and when it began."""

from typing import Any

import pytest

from costguard.common.observed import elements
from costguard.resources.events import CLOUDTRAIL, IgnoredEvent, parse_event
from costguard.resources.kinds.pipeline_execution import KIND
from costguard.resources.model import ResourceRef
from costguard.resources.registry import kind_of_arn, owned_ref
from costguard.resources.translation import translate
from tests.factories import arn, at

PIPELINE = "arn:aws:sagemaker:us-east-2:123456789012:pipeline/Churn"
ARN = f"{PIPELINE}/execution/p4jn9xou8a8s"
NAME = "Churn/execution/p4jn9xou8a8s"
JOB, CHECK = arn("training-job", "one"), arn("processing-job", "two")


def a_step(begins: float, ends: float | None = None, **more: Any) -> dict[str, Any]:
    ended = {} if ends is None else {"EndTime": at(ends)}
    return {"StartTime": at(begins), "StepStatus": "Executing", **ended} | more


def described(*steps: Any, **more: Any) -> dict[str, Any]:
    return {
        "PipelineArn": PIPELINE,
        "PipelineExecutionArn": ARN,
        "PipelineExecutionStatus": "Executing",
        "CreationTime": at(0),
        "CreatedBy": {"UserProfileName": "jane-roe"},
        "Steps": {"PipelineExecutionSteps": [*steps]},
    } | more


def test_it_is_named_by_its_pipeline_and_its_id_and_has_the_tags_of_its_pipeline() -> None:
    found = translate(KIND, described())
    assert (found.name, found.address) == (NAME, {"PipelineExecutionArn": ARN})
    assert (found.tagged, found.profile, found.instances) == (PIPELINE, "jane-roe", 0)
    assert owned_ref(found) == found.ref


def test_the_arn_of_a_pipeline_names_no_run_of_it() -> None:
    assert kind_of_arn(PIPELINE) is KIND
    assert KIND.identity.name_in_arn(PIPELINE) == ""
    assert KIND.identity.name_in({"PipelineExecutionArn": PIPELINE}) is None
    assert KIND.identity.addresses(NAME) == ()


def test_its_jobs_are_those_of_its_unfinished_steps() -> None:
    found = translate(
        KIND,
        described(
            a_step(0, Metadata={"TrainingJob": {"Arn": JOB}}),
            a_step(0, Metadata={"QualityCheck": {"CheckJobArn": CHECK, "CheckType": "x"}}),
            a_step(0, 1, Metadata={"TrainingJob": {"Arn": "over"}}, StepStatus="Failed"),
            a_step(0, Metadata={"Lambda": {"OutputParameters": []}, "Odd": "word"}),
            "odd",
        ),
    )
    assert found.steps == (JOB, CHECK)


@pytest.mark.parametrize("odd", [None, "x", {"PipelineExecutionSteps": "x"}])
def test_steps_of_another_form_are_none(odd: object) -> None:
    assert translate(KIND, described(Steps=odd)).steps == ()


@pytest.mark.parametrize(
    ("steps", "began"),
    [
        ((), 0),
        ([a_step(5)], 0),  # it waited for its first step
        ([a_step(0, 3), a_step(3.2)], 0),
        ([a_step(0, 3), a_step(50)], 50),  # retried
        ([a_step(0), a_step(50)], 0),  # one step ran all the time
        ([a_step(0, 3), a_step(50, 51), a_step(51.5)], 50),
        ([{"StepStatus": "Starting"}], 0),
    ],
)
def test_its_age_counts_from_its_retry(steps: Any, began: float) -> None:
    found = translate(KIND, described(*reversed(elements(list(steps)))))
    assert found.started == at(began)


def an_event(**detail: Any) -> dict[str, Any]:
    return {
        "detail-type": KIND.events.detail_type,
        "time": at(0).isoformat(),
        "resources": [PIPELINE, ARN],
        "detail": {"pipelineExecutionArn": ARN} | detail,
    }


def test_its_event_names_it_among_its_resources() -> None:
    parsed = parse_event(an_event(currentPipelineExecutionStatus="Executing"))
    assert not isinstance(parsed, IgnoredEvent)
    assert (parsed.ref, parsed.exact) == (ResourceRef(KIND.name, NAME), False)
    assert isinstance(parse_event(an_event()), IgnoredEvent)


@pytest.mark.parametrize("call", ["StartPipelineExecution", "RetryPipelineExecution"])
def test_a_call_names_it_in_its_request_or_in_its_answer(call: str) -> None:
    said = {"pipelineExecutionArn": ARN}
    retried = call.startswith("Retry")
    detail = {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": call,
        "userIdentity": {"type": "IAMUser", "userName": "jane"},
        "requestParameters": said if retried else {"pipelineName": "Churn"},
        "responseElements": said,
    }
    parsed = parse_event({"detail-type": CLOUDTRAIL, "time": at(0).isoformat(), "detail": detail})
    assert not isinstance(parsed, IgnoredEvent)
    assert parsed.ref == ResourceRef(KIND.name, NAME)
    assert parsed.creator == (None if retried else "jane")
