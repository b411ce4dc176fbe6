"""Requests and accounts that the tests of the local SageMaker share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.clock import Clock
from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError

START = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/workshop-notebooks"
NAME = "DoeJohn-ExploreSageMaker"
HOUR = timedelta(hours=1)


def account(**options: Any) -> Account:
    """Make an account on a frozen clock."""
    return Account(Clock(START, frozen=True), **options)


def tagged(**tags: str) -> list[dict[str, str]]:
    """Spell tags as requests do."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def notebook(name: str = NAME, **more: Any) -> dict[str, Any]:
    """Ask for a notebook."""
    return {
        "NotebookInstanceName": name,
        "InstanceType": "ml.t3.medium",
        "RoleArn": ROLE,
        **more,
    }


def definition(**more: Any) -> dict[str, Any]:
    """Describe training, as a job or a tuner's definition does."""
    return {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://workshop/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
        **more,
    }


def training(name: str = "train-1", **more: Any) -> dict[str, Any]:
    """Ask for a training job."""
    return {"TrainingJobName": name, **definition(**more)}


def tuning(name: str = "tune", *, most: int = 4, parallel: int = 2, **more: Any) -> dict[str, Any]:
    """Ask for a tuning job."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": most,
                "MaxParallelTrainingJobs": parallel,
            },
        },
        "TrainingJobDefinition": definition(),
        **more,
    }


def processing(name: str = "process-1", **more: Any) -> dict[str, Any]:
    """Ask for a processing job."""
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    return {
        "ProcessingJobName": name,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": "image:1"},
        "RoleArn": ROLE,
        **more,
    }


def transform(name: str = "transform-1", **more: Any) -> dict[str, Any]:
    """Ask for a transform job."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://workshop/in"}}
    return {
        "TransformJobName": name,
        "ModelName": "model-1",
        "TransformInput": {"DataSource": source},
        "TransformOutput": {"S3OutputPath": "s3://workshop/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "TrainingJob": training,
    "HyperParameterTuningJob": tuning,
    "ProcessingJob": processing,
    "TransformJob": transform,
}


def refused(aws: Account, operation: str, **asked: Any) -> tuple[str, str]:
    """Make a call that AWS refuses; give the code and the message."""
    with pytest.raises(AwsError) as caught:
        aws.call(operation, asked)
    return caught.value.code, caught.value.message


def status(aws: Account, prefix: str, name: str) -> str:
    """Say what Describe says the status is."""
    answer = aws.call(f"Describe{prefix}", {f"{prefix}Name": name})
    told: str = answer[f"{prefix}Status"]
    return told
