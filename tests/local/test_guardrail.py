"""The shipped policy's guardrail, written by the command and attached, where IAM is enforced."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from local.account import ACCOUNT, LocalAws
from local.demo.environment import ROLE
from tests.local.guardrail_setup import EVERYTHING, policy, write
from tests.local.sagemaker_cases import START, notebook, processing, tagged, training, transform
from tests.local.workshop_calls import LESSONS

NAME = ROLE.rsplit("/", 1)[1]
BIG = "ml.p4d.24xlarge"
FULL = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "explore", "ModelSize": "small"}
GOOD = notebook("sinkorswim-DoeJohn-Explore", Tags=tagged(**FULL))
IN_TIME: dict[str, Any] = {"StoppingCondition": {"MaxRuntimeInSeconds": 3600}}
CLUSTER = {"ClusterConfig": {"InstanceType": BIG, "InstanceCount": 1, "VolumeSizeInGB": 10}}
DENIED = [
    ("create_notebook_instance", GOOD | {"InstanceType": BIG}),
    ("create_notebook_instance", notebook("DoeJohn-Bare")),
    ("create_notebook_instance", GOOD | {"NotebookInstanceName": "mine"}),
    ("create_training_job", training(StoppingCondition={"MaxRuntimeInSeconds": 99999})),
    ("create_training_job", training(ResourceConfig=CLUSTER["ClusterConfig"])),
    ("create_processing_job", processing()),
    ("create_processing_job", processing(**IN_TIME, ProcessingResources=CLUSTER)),
    (
        "create_transform_job",
        transform(TransformResources={"InstanceType": BIG, "InstanceCount": 1}),
    ),
]


def session(aws: LocalAws, role: str) -> Any:
    """Give SageMaker as code in a notebook has it: under its execution role."""
    keys = aws.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="SageMaker"
    )["Credentials"]
    made = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=aws.region
    )
    return made.client("sagemaker", endpoint_url=aws.endpoint)


def role(aws: LocalAws, name: str, **options: str) -> Any:
    """Make an execution role that may do everything."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam = aws.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), **options)
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
    return iam


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=START, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write(tmp_path_factory.mktemp("iam"))


@pytest.fixture(scope="module")
def notebook_role(aws: LocalAws, written: dict[str, str]) -> Iterator[Any]:
    iam = role(aws, NAME)
    for name, document in written.items():
        arn = iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=NAME, PolicyArn=arn)
    with closing(session(aws, NAME)) as client:
        yield client


@pytest.mark.parametrize(("lesson", "operation", "asked"), LESSONS)
def test_everything_the_lessons_do_passes(
    notebook_role: Any, lesson: str, operation: str, asked: dict[str, Any]
) -> None:
    assert lesson
    assert getattr(notebook_role, xform_name(operation))(**asked)


@pytest.mark.parametrize(("operation", "asked"), DENIED)
def test_a_forbidden_create_fails_with_the_words_of_aws(
    aws: LocalAws, notebook_role: Any, operation: str, asked: dict[str, Any]
) -> None:
    before = len(aws.account.resources())
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based") as caught:
        getattr(notebook_role, operation)(**asked)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert len(aws.account.resources()) == before


def test_a_notebook_cannot_grow_or_lose_its_tags_later(aws: LocalAws, notebook_role: Any) -> None:
    made = notebook("sinkorswim-RoeJane-Grow", Tags=tagged(**FULL))
    arn = notebook_role.create_notebook_instance(**made)["NotebookInstanceArn"]
    name = made["NotebookInstanceName"]
    with pytest.raises(ClientError, match="explicit deny"):
        notebook_role.delete_tags(ResourceArn=arn, TagKeys=["Project"])
    with pytest.raises(ClientError, match="explicit deny"):
        notebook_role.update_notebook_instance(NotebookInstanceName=name, InstanceType=BIG)
    notebook_role.add_tags(ResourceArn=arn, Tags=tagged(Note="mine"))
    notebook_role.delete_tags(ResourceArn=arn, TagKeys=["Note"])
    assert aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == made["Tags"]


def test_a_boundary_denies_too_and_takes_nothing_else_away(aws: LocalAws, tmp_path: Path) -> None:
    ((name, document),) = write(tmp_path, "--format", "boundary").items()
    arn = aws.client("iam").create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    role(aws, "bounded", PermissionsBoundary=arn)
    with closing(session(aws, "bounded")) as bounded:
        with pytest.raises(ClientError, match="explicit deny"):
            bounded.create_training_job(**training("big", ResourceConfig=CLUSTER["ClusterConfig"]))
        assert bounded.create_training_job(**training("small-enough"))
        assert bounded.list_notebook_instances()
