import json
from datetime import timedelta
from typing import Any

import pytest

from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from local.sagemaker.event_delivery import Event
from local.sagemaker.identity import Caller
from local.sagemaker.kinds import KINDS
from tests.local.sagemaker_cases import (
    HOUR,
    JOBS,
    NAME,
    START,
    account,
    notebook,
    processing,
    refused,
    tagged,
    training,
    tuning,
)

ENVELOPE = {
    "version",
    "id",
    "detail-type",
    "source",
    "account",
    "time",
    "region",
    "resources",
    "detail",
}
# What the EventBridge schema registry knows of each event; required unless marked with "?".
REGISTRY = {
    "SageMaker Notebook Instance State Change": (
        "CreationTime? InstanceType? LastModifiedTime? NotebookInstanceArn? "
        "NotebookInstanceName? NotebookInstanceStatus? RoleArn? Tags?"
    ),
    "SageMaker Training Job State Change": (
        "HyperParameters AlgorithmSpecification OutputDataConfig ModelArtifacts? "
        "StoppingCondition ResourceConfig Tags? TrainingJobName SecondaryStatus InputDataConfig "
        "SecondaryStatusTransitions RoleArn TrainingJobStatus TrainingJobArn CreationTime "
        "LastModifiedTime TrainingStartTime? TrainingEndTime?"
    ),
    "SageMaker HyperParameter Tuning Job State Change": (
        "TrainingJobStatusCounters ObjectiveStatusCounters TrainingJobDefinition Tags? "
        "CreationTime LastModifiedTime HyperParameterTuningJobName "
        "HyperParameterTuningJobStatus HyperParameterTuningJobArn"
    ),
    "SageMaker Transform Job State Change": (
        "TransformResources TransformOutput TransformInput Tags? TransformStartTime? ModelName "
        "CreationTime TransformJobArn TransformJobStatus TransformJobName TransformEndTime?"
    ),
}
TRAIL = "AWS API Call via CloudTrail"
TRAIL_FIELDS = {
    "responseElements",
    "requestParameters",
    "userIdentity",
    "eventID",
    "awsRegion",
    "eventVersion",
    "sourceIPAddress",
    "eventSource",
    "userAgent",
    "eventType",
    "requestID",
    "eventTime",
    "eventName",
}


def lived() -> Account:
    """Give an account in which everything has happened once."""
    aws = account()
    aws.call("CreateNotebookInstance", notebook(Tags=tagged(Project="churn")))
    for prefix, asked in JOBS.items():
        aws.call(f"Create{prefix}", asked(Tags=tagged(Project="churn")))
    aws.clock.advance(24 * HOUR)
    return aws


def changes(aws: Account, detail_type: str) -> list[dict[str, Any]]:
    return [event["detail"] for event in aws.events if event["detail-type"] == detail_type]


def trail(aws: Account, name: str) -> dict[str, Any]:
    found = [detail for detail in changes(aws, TRAIL) if detail["eventName"] == name]
    return found[-1]


def test_every_event_is_in_the_envelope_of_eventbridge() -> None:
    for event in lived().events:
        assert event.keys() == ENVELOPE
        assert event["source"] == "aws.sagemaker"
        assert event["time"].endswith("Z")
        assert json.loads(json.dumps(event)) == event


@pytest.mark.parametrize("detail_type", REGISTRY)
def test_a_change_has_the_fields_of_the_schema_registry(detail_type: str) -> None:
    known = REGISTRY[detail_type].split()
    required = {name for name in known if not name.endswith("?")}
    details = changes(lived(), detail_type)
    assert all(required <= detail.keys() for detail in details)
    assert {name.rstrip("?") for name in known} <= set().union(*details)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_change_names_its_resource_and_its_tags_as_an_object(kind: Any) -> None:
    events = [e for e in lived().events if e["detail-type"] == kind.detail_type]
    for event in events:
        assert event["resources"] == [event["detail"][kind.arn_field]]
        assert event["detail"]["Tags"] == {"Project": "churn"}


def test_times_are_epoch_milliseconds_and_null_until_reached() -> None:
    aws = account()
    aws.call("CreateTrainingJob", training())
    aws.clock.advance(HOUR)
    details = changes(aws, "SageMaker Training Job State Change")
    first, last = details[0], details[-1]
    assert first["CreationTime"] == int(START.timestamp() * 1000)
    assert first["TrainingStartTime"] is None
    assert last["TrainingStartTime"] - first["CreationTime"] == 120_000
    assert isinstance(last["SecondaryStatusTransitions"][0]["StartTime"], int)


def test_a_training_job_tells_of_each_secondary_status_while_in_progress() -> None:
    details = changes(lived(), "SageMaker Training Job State Change")
    own = [d for d in details if d["TrainingJobName"] == "train-1"]
    assert [(d["TrainingJobStatus"], d["SecondaryStatus"]) for d in own] == [
        ("InProgress", "Starting"),
        ("InProgress", "Downloading"),
        ("InProgress", "Training"),
        ("InProgress", "Uploading"),
        ("Completed", "Completed"),
    ]


def test_a_notebook_tells_of_its_whole_life() -> None:
    aws = account()
    aws.call("CreateNotebookInstance", notebook())
    for call in ("Stop", "Update", "Start", "Stop", "Delete"):
        aws.clock.advance(HOUR)
        aws.call(f"{call}NotebookInstance", {"NotebookInstanceName": NAME})
    aws.clock.advance(HOUR)
    told = changes(aws, "SageMaker Notebook Instance State Change")
    assert " ".join(detail["NotebookInstanceStatus"] for detail in told) == (
        "Pending InService Stopping Stopped Updating Stopped Pending InService "
        "Stopping Stopped Deleting Deleted"
    )


def test_only_the_child_of_a_tuner_names_a_tuning_job() -> None:
    details = changes(lived(), "SageMaker Training Job State Change")
    children = {d["TrainingJobName"] for d in details if "TuningJobArn" in d}
    assert "train-1" not in children
    assert len(children) == 4


def test_a_debugger_job_names_its_training_job_and_has_no_tags() -> None:
    aws = account()
    rule = {"RuleConfigurationName": "Loss", "RuleEvaluatorImage": "rules:1"}
    asked = training(DebugRuleConfigurations=[rule], Tags=tagged(Project="churn"))
    made = aws.call("CreateTrainingJob", asked)
    (detail,) = changes(aws, "SageMaker Processing Job State Change")
    assert detail["TrainingJobArn"] == made["TrainingJobArn"]
    assert detail["Tags"] == {}


def test_a_processing_event_spells_words_as_java_does() -> None:
    aws = account()
    source = {
        "S3Uri": "s3://in",
        "LocalPath": "/in",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    inputs = [{"InputName": "in", "S3Input": source}]
    aws.call("CreateProcessingJob", processing(ProcessingInputs=inputs))
    (detail,) = changes(aws, "SageMaker Processing Job State Change")
    told = detail["ProcessingInputs"][0]["S3Input"]
    assert (told["S3DataType"], told["S3InputMode"]) == ("S3_PREFIX", "FILE")


def test_cloudtrail_tells_of_a_call_with_lower_case_first_letters() -> None:
    aws = account()
    made = aws.call(
        "CreateTrainingJob",
        training(HyperParameters={"MaxDepth": "3"}, Tags=tagged(Project="churn")),
    )
    detail = trail(aws, "CreateTrainingJob")
    assert detail.keys() >= TRAIL_FIELDS
    assert detail["requestParameters"]["resourceConfig"]["volumeSizeInGB"] == 10
    assert detail["requestParameters"]["hyperParameters"] == {"MaxDepth": "3"}
    assert detail["requestParameters"]["tags"] == [{"key": "Project", "value": "churn"}]
    assert detail["responseElements"] == {"trainingJobArn": made["TrainingJobArn"]}
    assert next(e for e in aws.events if e["detail"] is detail)["resources"] == []


def test_cloudtrail_tells_which_tags_were_added_and_removed() -> None:
    aws = account()
    arn = aws.call("CreateNotebookInstance", notebook())["NotebookInstanceArn"]
    aws.call("AddTags", {"ResourceArn": arn, "Tags": tagged(Project="churn")})
    aws.call("DeleteTags", {"ResourceArn": arn, "TagKeys": ["Project"]})
    added, removed = trail(aws, "AddTags"), trail(aws, "DeleteTags")
    assert added["requestParameters"]["resourceArn"] == arn
    assert added["responseElements"] == {"tags": [{"key": "Project", "value": "churn"}]}
    assert removed["requestParameters"] == {"resourceArn": arn, "tagKeys": ["Project"]}


def test_a_call_without_an_answer_has_no_response_elements() -> None:
    aws = account()
    aws.call("CreateNotebookInstance", notebook())
    aws.clock.advance(HOUR)
    aws.call("StopNotebookInstance", {"NotebookInstanceName": NAME})
    detail = trail(aws, "StopNotebookInstance")
    assert detail["requestParameters"] == {"notebookInstanceName": NAME}
    assert detail["responseElements"] is None


def test_calls_that_only_read_are_not_told() -> None:
    aws = account()
    aws.call("ListNotebookInstances", {})
    assert refused(aws, "DescribeNotebookInstance", NotebookInstanceName=NAME)
    assert aws.events == []


def test_a_refused_call_is_told_with_its_error() -> None:
    aws = account()
    refused(aws, "StopTrainingJob", TrainingJobName="nobody")
    detail = trail(aws, "StopTrainingJob")
    assert detail["errorCode"] == "ValidationException"
    assert detail["errorMessage"] == "Requested resource not found."
    assert detail["responseElements"] is None


def test_denied_and_throttled_calls_are_told_without_parameters() -> None:
    aws = account()
    aws.deny("CreateTrainingJob", "not authorized", caller=Caller.user("123456789012", "doe"))
    aws.fail_next("StopTrainingJob", AwsError("ThrottlingException", "Rate exceeded"))
    refused(aws, "StopTrainingJob", TrainingJobName="any")
    for name, code in (
        ("CreateTrainingJob", "AccessDenied"),
        ("StopTrainingJob", "ThrottlingException"),
    ):
        detail = trail(aws, name)
        assert (detail["errorCode"], detail["requestParameters"]) == (code, None)


@pytest.mark.parametrize(
    ("caller", "shape"),
    [
        (Caller.user("1", "doe"), {"type": "IAMUser", "userName": "doe"}),
        (Caller.person("1", "doe@x.org"), {"type": "AssumedRole"}),
        (Caller.inside_notebook("1", "workshop"), {"type": "AssumedRole"}),
        (Caller(arn="arn:aws:iam::1:root"), {"type": "Root", "principalId": "1"}),
    ],
)
def test_cloudtrail_says_who_called(caller: Caller, shape: dict[str, str]) -> None:
    aws = account()
    aws.call("CreateHyperParameterTuningJob", tuning(), caller=caller)
    identity = trail(aws, "CreateHyperParameterTuningJob")["userIdentity"]
    assert identity["arn"] == caller.arn
    assert shape.items() <= identity.items()


def test_a_session_names_its_role_with_the_path_the_session_lacks() -> None:
    identity = Caller.person("123456789012", "doe@x.org").identity()
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert identity["principalId"] == f"{issuer['principalId']}:doe@x.org"
    assert issuer["arn"].startswith(
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Workshop_",
    )


def test_events_are_emitted_after_the_change_they_tell_of() -> None:
    seen: list[str] = []

    def look(event: Event) -> None:
        if event["detail-type"] != TRAIL:
            name = {"NotebookInstanceName": NAME}
            seen.append(aws.call("DescribeNotebookInstance", name)["NotebookInstanceStatus"])

    aws = account(emit=look)
    aws.call("CreateNotebookInstance", notebook())
    aws.clock.advance(timedelta(minutes=5))
    assert seen == ["Pending", "InService"]
