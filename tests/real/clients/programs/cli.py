"""The AWS CLI as its users type it: shorthand, JSON, and what they leave out."""

import subprocess
import sys
from pathlib import Path

from driver import BUCKET, IMAGE, ROLE, serve

AWS = Path(sys.executable).parent / "aws"
TAGS = "Key=Project,Value=sinkorswim Key='Name',Value='John Doe' Key=Purpose,Value=Explore"
TRAIN = (
    f"aws sagemaker create-training-job --role-arn {ROLE}"
    f" --algorithm-specification TrainingImage={IMAGE},TrainingInputMode=File"
    f" --output-data-config S3OutputPath=s3://{BUCKET}/out"
)
ONE = "--resource-config InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=10"
LIMIT = "--stopping-condition MaxRuntimeInSeconds=3600"
OPEN = f"aws sagemaker create-notebook-instance --instance-type ml.t3.medium --role-arn {ROLE}"


def typed(line: str) -> None:
    """Type a line; the CLI says on its standard error what is wrong."""
    done = subprocess.run(  # noqa: S602 - as a user's shell reads it
        line.replace("aws ", f"{sys.executable} {AWS} ", 1),
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())


if __name__ == "__main__":
    serve(
        {
            "create-notebook-instance": lambda: typed(
                f"{OPEN} --notebook-instance-name DoeJohn-Explore"
            ),
            "create-notebook-instance, tags": lambda: typed(
                f"{OPEN} --notebook-instance-name DoeJohn-Explore-2 --tags {TAGS}"
                " Key=ModelSize,Value=small"
            ),
            "create-notebook-instance, an underscore": lambda: typed(
                f"{OPEN} --notebook-instance-name Doe_John"
            ),
            "create-training-job": lambda: typed(
                f"{TRAIN} {ONE} {LIMIT} --training-job-name churn-1"
            ),
            "create-training-job, tags": lambda: typed(
                f"{TRAIN} {ONE} {LIMIT} --training-job-name churn-2 --tags {TAGS}"
            ),
            "create-training-job, no stopping condition": lambda: typed(
                f"{TRAIN} {ONE} --training-job-name churn-3"
            ),
            "create-training-job, two ways to state instances": lambda: typed(
                f"{TRAIN} {LIMIT} --training-job-name churn-4 --resource-config"
                " 'InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=10,InstanceGroups="
                "[{InstanceType=ml.m5.large,InstanceCount=1,InstanceGroupName=a}]'"
            ),
            "create-processing-job": lambda: typed(
                f"aws sagemaker create-processing-job --role-arn {ROLE} --processing-job-name clean"
                f" --app-specification ImageUri={IMAGE} --processing-resources"
                " ClusterConfig={InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=10}"
            ),
        }
    )
