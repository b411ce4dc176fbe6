from datetime import timedelta
from typing import Any

import pytest

from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from local.sagemaker.job_lifecycle import RUN_SECONDS
from tests.local.sagemaker_cases import (
    HOUR,
    JOBS,
    START,
    account,
    definition,
    processing,
    refused,
    status,
    training,
)

MODEL = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/some-model/1.0.0"
SERVERLESS = {"BaseModelArn": MODEL, "JobType": "FineTuning"}
EVERY_KIND = pytest.mark.parametrize("prefix", JOBS)


def described(aws: Account, name: str = "train-1") -> dict[str, Any]:
    return aws.call("DescribeTrainingJob", {"TrainingJobName": name})


@EVERY_KIND
def test_a_job_runs_its_course_and_completes(prefix: str) -> None:
    aws = account()
    aws.call(f"Create{prefix}", JOBS[prefix]("job"))
    assert status(aws, prefix, "job") == "InProgress"
    aws.clock.advance(24 * HOUR)
    assert status(aws, prefix, "job") == "Completed"


@EVERY_KIND
def test_a_stopped_job_passes_through_stopping(prefix: str) -> None:
    aws = account()
    aws.call(f"Create{prefix}", JOBS[prefix]("job"))
    aws.clock.advance(timedelta(minutes=10))
    aws.call(f"Stop{prefix}", {f"{prefix}Name": "job"})
    assert status(aws, prefix, "job") == "Stopping"
    aws.clock.advance(timedelta(seconds=120))
    assert status(aws, prefix, "job") == "Stopped"


@EVERY_KIND
def test_stopping_twice_while_it_stops_changes_nothing(prefix: str) -> None:
    aws = account()
    aws.call(f"Create{prefix}", JOBS[prefix]("job"))
    aws.clock.advance(timedelta(minutes=10))
    for _ in range(2):
        aws.call(f"Stop{prefix}", {f"{prefix}Name": "job"})
    aws.clock.advance(HOUR)
    assert status(aws, prefix, "job") == "Stopped"


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("TrainingJob", "The request was rejected because the training job is in status {}."),
        ("TransformJob", "The request was rejected because the transform job is in status {}"),
        ("ProcessingJob", "The request was rejected because the processing job is in status {}"),
        (
            "HyperParameterTuningJob",
            "The request was rejected because the hyperparameter tuning job is in status {}.",
        ),
    ],
)
def test_a_job_that_has_ended_cannot_be_stopped(prefix: str, message: str) -> None:
    aws = account()
    aws.call(f"Create{prefix}", JOBS[prefix]("job"))
    aws.clock.advance(24 * HOUR)
    refusal = refused(aws, f"Stop{prefix}", **{f"{prefix}Name": "job"})
    assert refusal == ("ValidationException", message.format("Completed"))


@EVERY_KIND
def test_the_name_of_a_job_is_never_free_again(prefix: str) -> None:
    aws = account()
    arn = next(iter(aws.call(f"Create{prefix}", JOBS[prefix]("job")).values()))
    aws.clock.advance(24 * HOUR)
    code, message = refused(aws, f"Create{prefix}", **JOBS[prefix]("job"))
    assert code == "ResourceInUse"
    assert message.startswith("Job name must be unique within an AWS account and region, ")
    assert message.endswith(f"a job with this name already exists ({arn})")


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ("DescribeTrainingJob", "ValidationException", "Requested resource not found."),
        ("StopTrainingJob", "ValidationException", "Requested resource not found."),
        ("StopTransformJob", "ValidationException", "Could not find job to update with name"),
        ("DescribeProcessingJob", "ValidationException", "Could not find requested job with name"),
        ("StopHyperParameterTuningJob", "ResourceNotFound", "Amazon SageMaker can't find a tuning"),
    ],
)
def test_a_missing_job_is_refused_in_its_own_words(operation: str, code: str, message: str) -> None:
    prefix = next(prefix for prefix in JOBS if operation.endswith(prefix))
    refusal = refused(account(), operation, **{f"{prefix}Name": "nobody"})
    assert refusal[0] == code
    assert refusal[1].startswith(message)


def test_a_training_job_tells_every_step_it_took() -> None:
    aws = account()
    aws.call("CreateTrainingJob", training())
    aws.clock.advance(2 * HOUR)
    told = described(aws)
    steps = [step["Status"] for step in told["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert told["TrainingStartTime"] == START + timedelta(minutes=2)
    assert told["TrainingTimeInSeconds"] == 31 * 60 + 20
    assert told["ModelArtifacts"]["S3ModelArtifacts"].endswith("train-1/output/model.tar.gz")


def test_a_training_job_ends_at_its_longest_run_time() -> None:
    aws = account()
    limit = {"MaxRuntimeInSeconds": 600}
    aws.call("CreateTrainingJob", training(StoppingCondition=limit))
    aws.clock.advance(HOUR)
    told = described(aws)
    assert told["TrainingJobStatus"] == "Stopped"
    assert told["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert told["TrainingEndTime"] == START + timedelta(minutes=12, seconds=45)


def test_a_training_job_without_a_limit_has_a_day() -> None:
    aws = account()
    asked = training()
    del asked["StoppingCondition"]
    aws.script_job("train", for_=timedelta(days=9))
    aws.call("CreateTrainingJob", asked)
    assert described(aws)["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    aws.clock.advance(timedelta(days=2))
    assert described(aws)["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_a_scenario_says_how_long_a_job_runs_and_why_it_fails() -> None:
    aws = account()
    aws.script_job("train", for_=timedelta(minutes=5), fails="AlgorithmError: out of memory")
    aws.call("CreateTrainingJob", training())
    aws.clock.advance(timedelta(minutes=8))
    assert described(aws)["TrainingJobStatus"] == "Failed"
    assert described(aws)["FailureReason"] == "AlgorithmError: out of memory"


@pytest.mark.parametrize("where", ["Environment", "HyperParameters"])
def test_a_job_can_say_itself_how_long_it_runs(where: str) -> None:
    aws = account()
    aws.call("CreateTrainingJob", training() | {where: {RUN_SECONDS: "60"}})
    aws.clock.advance(timedelta(minutes=4, seconds=20))
    assert described(aws)["TrainingJobStatus"] == "Completed"


def test_a_warm_pool_outlives_its_job() -> None:
    aws = account()
    resources = {**definition()["ResourceConfig"], "KeepAlivePeriodInSeconds": 1800}
    aws.call("CreateTrainingJob", training(ResourceConfig=resources))
    assert described(aws)["WarmPoolStatus"]["Status"] == "InUse"
    aws.clock.advance(timedelta(minutes=35))
    assert described(aws)["TrainingJobStatus"] == "Completed"
    assert described(aws)["WarmPoolStatus"]["Status"] == "Available"
    aws.clock.advance(HOUR)
    assert described(aws)["WarmPoolStatus"] == {
        "Status": "Terminated",
        "ResourceRetainedBillableTimeInSeconds": 1800,
    }


def test_a_training_job_may_have_groups_of_instances_or_no_instances_at_all() -> None:
    aws = account()
    group = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "InstanceGroupName": "a"}
    groups = {"InstanceGroups": [group], "VolumeSizeInGB": 10}
    aws.call("CreateTrainingJob", training("groups", ResourceConfig=groups))
    assert described(aws, "groups")["ResourceConfig"] == groups
    serverless = training("serverless", ServerlessJobConfig=SERVERLESS)
    del serverless["ResourceConfig"]
    aws.call("CreateTrainingJob", serverless)
    assert "ResourceConfig" not in described(aws, "serverless")


def test_a_training_job_needs_resources_of_some_sort() -> None:
    asked = training()
    del asked["ResourceConfig"]
    code, message = refused(account(), "CreateTrainingJob", **asked)
    assert code == "ValidationException"
    assert "Value null at 'resourceConfig'" in message


def test_spot_training_must_say_how_long_it_waits() -> None:
    spot = training(EnableManagedSpotTraining=True)
    assert "MaxWaitTimeInSeconds" in refused(account(), "CreateTrainingJob", **spot)[1]
    limits = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120}
    account().call("CreateTrainingJob", {**spot, "StoppingCondition": limits})


def test_a_processing_job_without_a_limit_has_none() -> None:
    aws = account()
    aws.call("CreateProcessingJob", processing())
    told = aws.call("DescribeProcessingJob", {"ProcessingJobName": "process-1"})
    assert "StoppingCondition" not in told


def test_the_next_calls_of_an_operation_can_be_made_to_fail() -> None:
    aws = account()
    throttled = AwsError("ThrottlingException", "Rate exceeded")
    aws.fail_next("ListTrainingJobs", throttled, times=2)
    for _ in range(2):
        assert refused(aws, "ListTrainingJobs") == ("ThrottlingException", "Rate exceeded")
    assert aws.call("ListTrainingJobs", {}) == {"TrainingJobSummaries": []}
