"""A class that a lockdown is for: its role, what it begins, and for whom it holds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import boto3
from botocore.exceptions import ClientError

from local.account import ACCOUNT
from tests.local.guard import Guard
from tests.local.guardrail_setup import EVERYTHING, policy
from tests.local.sagemaker_cases import notebook
from tests.local.watching import physical_ids

CLASS, GROUP, BIG, SMALL = "class-use", "students", "ml.p4d.24xlarge", "ml.t3.medium"


def make_class(guard: Guard) -> None:
    """Make a role with a path, as the console makes execution roles, and a group."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam = guard.aws.client("iam")
    iam.create_role(RoleName=CLASS, AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName=CLASS, PolicyName="all", PolicyDocument=EVERYTHING)
    iam.create_group(GroupName=GROUP)


def as_role(guard: Guard, role: str, service: Literal["sagemaker", "iam"] = "sagemaker") -> Any:
    """Give a client of somebody who has assumed a role."""
    keys = guard.aws.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="student"
    )["Credentials"]
    session = boto3.Session(
        keys["AccessKeyId"],
        keys["SecretAccessKey"],
        keys["SessionToken"],
        region_name=guard.aws.region,
    )
    return session.client(service, endpoint_url=guard.aws.endpoint)


def may(call: Any, **parameters: Any) -> bool:
    """Whether somebody may make a call; what it makes is left."""
    try:
        call(**parameters)
    except ClientError as error:
        if "explicit deny" not in str(error):
            raise
        return False
    return True


def begins(guard: Guard, name: str, type_: str) -> bool:
    """Whether the class may create a notebook of a type."""
    client = as_role(guard, CLASS)
    return may(client.create_notebook_instance, **notebook(name, InstanceType=type_))


def shut_out(guard: Guard) -> set[str]:
    """Name the roles and groups for which a lockdown holds."""
    arn = guard.outputs["LockdownPolicyArn"]
    found = guard.aws.client("iam").list_entities_for_policy(PolicyArn=arn)
    return {each["RoleName"] for each in found["PolicyRoles"]} | {
        each["GroupName"] for each in found["PolicyGroups"]
    }


def subscribe_class(guard: Guard) -> None:
    """Subscribe a queue to what the class reads of lockdowns."""
    sqs = guard.aws.client("sqs")
    guard.aws.client("sns").subscribe(
        TopicArn=guard.outputs["LockdownTopicArn"],
        Protocol="sqs",
        Endpoint=_class_queue(guard)[1],
        Attributes={"RawMessageDelivery": "true"},
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    sqs.set_queue_attributes(
        QueueUrl=_class_queue(guard)[0], Attributes={"Policy": policy(statement)}
    )


def mails(guard: Guard) -> list[str]:
    """Take what the class was told since the last look; the admins were told the same."""
    guard.aws.settle()
    (url, _), bodies, sqs = _class_queue(guard), [], guard.aws.client("sqs")
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert set(bodies) <= set(guard.summaries())
    return bodies


def _class_queue(guard: Guard) -> tuple[str, str]:
    sqs = guard.aws.client("sqs")
    url = sqs.create_queue(QueueName="class")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def as_machine(guard: Guard) -> Any:
    """Give an IAM client in the role of the state machine."""
    role = physical_ids(guard, "AWS::IAM::Role")["LockdownRole"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam = guard.aws.client("iam")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy(trust))
    return as_role(guard, role, "iam")


def rewrite(machine: Any, call: str, arn: str) -> None:
    """Try to write another policy."""
    if call == "create_policy_version":
        machine.create_policy_version(PolicyArn=arn, PolicyDocument=EVERYTHING, SetAsDefault=True)
    else:
        machine.put_role_policy(RoleName=CLASS, PolicyName="x", PolicyDocument=EVERYTHING)


@contextmanager
def without_rights(guard: Guard, own: str) -> Iterator[None]:
    """Take every policy from a role of the stack inside the block."""
    iam, role = guard.aws.client("iam"), physical_ids(guard, "AWS::IAM::Role")[own]
    kept: Mapping[str, Any] = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    for name in kept:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for name, document in kept.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
