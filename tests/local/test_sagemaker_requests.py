import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.sagemaker import json_protocol
from local.sagemaker.account import OPERATIONS
from local.sagemaker.iam_resources import resource_of
from local.sagemaker.resource import Place
from tests.local.sagemaker_cases import NAME, ROLE, account, notebook, refused, training

PLACE = Place("us-east-1", "123456789012")


def problem(value: str, where: str, constraint: str) -> str:
    return f"Value {value} at '{where}' failed to satisfy constraint: Member must {constraint}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"NotebookInstanceName": "Doe John"},
            problem(
                "'Doe John'",
                "notebookInstanceName",
                "satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9])*",
            ),
        ),
        (
            {"NotebookInstanceName": "x" * 64},
            problem(
                f"'{'x' * 64}'", "notebookInstanceName", "have length less than or equal to 63"
            ),
        ),
        (
            {"VolumeSizeInGB": 4},
            problem("'4'", "volumeSizeInGB", "have value greater than or equal to 5"),
        ),
        (
            {"Tags": [{"Key": "", "Value": "x"}]},
            problem("''", "tags.1.member.key", "have length greater than or equal to 1"),
        ),
        ({"RoleArn": None}, problem("null", "roleArn", "not be null")),
    ],
)
def test_a_request_is_refused_with_the_constraint_it_breaks(
    change: dict[str, Any],
    told: str,
) -> None:
    code, message = refused(account(), "CreateNotebookInstance", **notebook() | change)
    assert (code, message) == ("ValidationException", f"1 validation error detected: {told}")


def test_every_broken_constraint_is_told_at_once() -> None:
    asked = notebook("Doe John", InstanceType="ml.t3.colossal")
    _, message = refused(account(), "CreateNotebookInstance", **asked)
    assert message.startswith("2 validation errors detected: ")
    assert "at 'instanceType' failed to satisfy constraint: Member must satisfy enum" in message


@pytest.mark.parametrize("value", ["Größe 3: a/b+c=d@e", "", "x" * 256])
def test_a_tag_may_hold_what_aws_lets_it_hold(value: str) -> None:
    tags = [{"Key": "Purpose", "Value": value}]
    account().call("CreateNotebookInstance", notebook(Tags=tags))


def test_a_tag_may_not_hold_other_signs() -> None:
    tags = [{"Key": "Purpose", "Value": "a;b"}]
    assert (
        "tags.1.member.value"
        in refused(account(), "CreateNotebookInstance", **notebook(Tags=tags))[1]
    )


def test_what_aws_does_not_know_is_ignored() -> None:
    account().call("CreateNotebookInstance", notebook(Colour="blue"))


def test_a_value_of_the_wrong_type_cannot_be_read() -> None:
    code, _ = refused(account(), "CreateNotebookInstance", **notebook(VolumeSizeInGB="five"))
    assert code == "SerializationException"


def test_two_notebooks_that_differ_in_case_share_an_arn_and_cannot_both_be() -> None:
    aws = account()
    arn = aws.call("CreateNotebookInstance", notebook())["NotebookInstanceArn"]
    assert arn.endswith(":notebook-instance/doejohn-exploresagemaker")
    refusal = refused(aws, "CreateNotebookInstance", **notebook(NAME.upper()))
    assert refusal == (
        "ValidationException",
        f"Cannot create a duplicate Notebook Instance ({arn})",
    )
    missing = refused(aws, "DescribeNotebookInstance", NotebookInstanceName=NAME.lower())
    assert missing[1] == "RecordNotFound"


def test_an_operation_we_lack_is_refused_apart_from_one_that_is_none() -> None:
    assert refused(account(), "CreateProject")[0] == "UnsupportedOperation"
    assert refused(account(), "CreateCastle")[0] == "UnknownOperationException"


def test_times_on_the_wire_are_seconds() -> None:
    aws = account()
    aws.call("CreateNotebookInstance", notebook())
    body = json.dumps({"NotebookInstanceName": NAME}).encode()
    answer = json_protocol.respond(aws, "SageMaker.DescribeNotebookInstance", body, None)
    assert answer.status == 200
    created = datetime.fromtimestamp(json.loads(answer.body)["CreationTime"], UTC)
    assert created == aws.clock.now()


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_object_cannot_be_read(body: bytes) -> None:
    answer = json_protocol.respond(account(), "SageMaker.ListTrainingJobs", body, None)
    assert answer.status == 400
    assert json.loads(answer.body)["__type"] == "SerializationException"


def test_a_stop_answers_with_nothing() -> None:
    aws = account()
    aws.call("CreateTrainingJob", training())
    body = json.dumps({"TrainingJobName": "train-1"}).encode()
    assert json_protocol.respond(aws, "SageMaker.StopTrainingJob", body, None).body == b""


@pytest.mark.parametrize(
    ("operation", "asked", "resource"),
    [
        ("StopNotebookInstance", {"NotebookInstanceName": NAME}, f"notebook-instance/{NAME}"),
        ("CreateTrainingJob", {"TrainingJobName": "a", "RoleArn": ROLE}, "training-job/a"),
        ("StopProcessingJob", {"ProcessingJobName": "a"}, "processing-job/a"),
        (
            "ListTrainingJobsForHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "a"},
            "hyper-parameter-tuning-job/a",
        ),
    ],
)
def test_iam_checks_a_call_against_its_resource(
    operation: str,
    asked: dict[str, str],
    resource: str,
) -> None:
    expected = f"arn:aws:sagemaker:us-east-1:123456789012:{resource.lower()}"
    assert resource_of(PLACE, operation, asked) == expected


def test_iam_checks_list_calls_against_everything() -> None:
    lists = [name for name in OPERATIONS if name.startswith("List") and name.endswith("s")]
    lists.remove("ListTags")
    assert {resource_of(PLACE, name, {}) for name in lists} == {"*"}
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/a"
    assert resource_of(PLACE, "ListTags", {"ResourceArn": arn}) == arn
