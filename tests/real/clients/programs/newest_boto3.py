"""boto3 as scripts call it: what the service requires, and nothing else."""

from typing import Any

import boto3
from driver import BUCKET, IMAGE, ROLE, TAGS, serve

SAGEMAKER = boto3.client("sagemaker")
CHOICE = [
    {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1},
    {"InstanceType": "ml.g5.xlarge", "InstanceCount": 2},
]


def train(name: str, resources: dict[str, Any] | None, **more: Any) -> None:
    chosen = {"ResourceConfig": {"VolumeSizeInGB": 10, **resources}} if resources else {}
    SAGEMAKER.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        **chosen,
        **more,
    )


def one(type_: str = "ml.m5.large", **more: Any) -> dict[str, Any]:
    return {"InstanceType": type_, "InstanceCount": 1, **more}


def process(name: str, **cluster: Any) -> None:
    SAGEMAKER.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        AppSpecification={"ImageUri": IMAGE},
        ProcessingResources={"ClusterConfig": {"VolumeSizeInGB": 10, **cluster}},
    )


def open_notebook(name: str, **more: Any) -> None:
    SAGEMAKER.create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE, **more
    )


if __name__ == "__main__":
    serve(
        {
            "create_notebook_instance": lambda: open_notebook("RoeJane-Baseline"),
            "create_notebook_instance, a tag twice": lambda: open_notebook(
                "RoeJane-Twice", Tags=[TAGS[0], TAGS[0]]
            ),
            "create_training_job": lambda: train("plain", one()),
            "create_training_job, tags": lambda: train("tagged", one(), Tags=TAGS),
            "create_training_job, a GPU of eight": lambda: train("big", one("ml.p4d.24xlarge")),
            "create_training_job, no instances": lambda: train("none", None),
            "create_training_job, preferences": lambda: train(
                "choice", {"InstancePreferences": CHOICE}
            ),
            "create_training_job, preferences and a type": lambda: train(
                "both", one(InstancePreferences=CHOICE)
            ),
            "create_training_job, an answer's member": lambda: train(
                "selected", {"InstancePreferences": CHOICE, "SelectedInstanceType": "ml.g5.xlarge"}
            ),
            "create_training_job, a warm pool of a day": lambda: train(
                "pool", one(KeepAlivePeriodInSeconds=86400)
            ),
            "create_processing_job": lambda: process("clean", **one()),
            "create_processing_job, preferences": lambda: process(
                "choose", InstancePreferences=[one("ml.p3.16xlarge"), one("ml.g5.xlarge")]
            ),
        }
    )
