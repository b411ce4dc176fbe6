"""The deployed guard, and two people with the same guardrail: a student and its admin."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local import sam
from local.account import ACCOUNT, LocalAws
from tests.local.guardrail_setup import EVERYTHING, write
from tests.local.sagemaker_cases import START

ADMIN = f"arn:aws:iam::{ACCOUNT}:user/admin"

type Client = Callable[[str], Any]


@contextmanager
def person(aws: LocalAws, name: str) -> Iterator[Client]:
    """Make a member of the group; give what makes clients for them, closed at the end."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    iam.add_user_to_group(GroupName="people", UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    made = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=aws.region)
    with ExitStack() as closing_all:

        def client(service: str) -> Any:
            new = made.client(service, endpoint_url=aws.endpoint)  # type: ignore[call-overload]  # any service
            return closing_all.enter_context(closing(new))

        yield client


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=START, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def made(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Deploy the guard, put everybody behind the guardrail, and name the stack's parts."""
    sam.deploy(aws)
    iam, at = aws.client("iam"), tmp_path_factory.mktemp("people")
    iam.create_group(GroupName="people")
    iam.put_group_policy(GroupName="people", PolicyName="all", PolicyDocument=EVERYTHING)
    for name, document in write(at, "--for", "people", "--admin", ADMIN).items():
        arn = iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
        iam.attach_group_policy(GroupName="people", PolicyArn=arn)
    pages = aws.client("cloudformation").get_paginator("list_stack_resources")
    found = [r for p in pages.paginate(StackName=sam.STACK) for r in p["StackResourceSummaries"]]
    yield {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}
    aws.settle()  # no function's process is left behind


def attempts(made: dict[str, str]) -> dict[str, Callable[[Client], Any]]:
    """Spell what would silence the guard, of the calls that MiniStack checks against an ARN.

    It checks rules and alarms against `*`: tests/contract/test_guardrail.py has those.
    """
    bucket = made["ReportBucket"]
    row = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    return {
        "change a function": lambda c: c("lambda").update_function_configuration(
            FunctionName=made["Probe"], Timeout=14
        ),
        "write into the ledger": lambda c: c("dynamodb").put_item(
            TableName=made["Ledger"], Item=row
        ),
        "empty the queue": lambda c: c("sqs").purge_queue(QueueUrl=made["StopQueue"]),
        "speak for it": lambda c: c("sns").publish(TopicArn=made["SummaryTopic"], Message="?"),
        "change the report": lambda c: c("s3").put_object(Bucket=bucket, Key="a", Body=b""),
        "widen a role": lambda c: c("iam").put_role_policy(
            RoleName=made["EnforceRole"], PolicyName="more", PolicyDocument=EVERYTHING
        ),
    }


def test_a_student_cannot_silence_the_guard_and_its_admin_can(
    aws: LocalAws, made: dict[str, str]
) -> None:
    with person(aws, "student") as student, person(aws, "admin") as admin:
        for what, attempt in attempts(made).items():
            with pytest.raises(ClientError, match="is not authorized to perform"):
                attempt(student)
            assert attempt(admin), what


def test_a_student_may_still_look_at_the_guard(aws: LocalAws, made: dict[str, str]) -> None:
    with person(aws, "reader") as student:
        assert student("lambda").get_function(FunctionName=made["Sweep"])
        assert student("events").describe_rule(Name=made["WatchStateChange"])
        assert student("dynamodb").describe_table(TableName=made["Ledger"])
        assert student("s3").list_buckets()
