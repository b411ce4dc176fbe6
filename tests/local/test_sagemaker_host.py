import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.account import LocalAws
from tests.local.sagemaker_cases import ROLE, START, definition, notebook, tagged, training, tuning

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=START, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def sagemaker(aws: LocalAws) -> Any:
    return aws.client("sagemaker")


def as_user(aws: LocalAws, name: str, service: str, *statements: dict[str, Any]) -> Any:
    """Give a client of a new IAM user who may do what the statements allow."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName=name, PolicyName="it", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=aws.region)
    return session.client(service, endpoint_url=aws.endpoint)  # type: ignore[call-overload]


def code(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_boto3_creates_waits_for_and_deletes_a_notebook(aws: LocalAws, sagemaker: Any) -> None:
    name = {"NotebookInstanceName": "DoeJohn-Life"}
    sagemaker.create_notebook_instance(**notebook("DoeJohn-Life", Tags=tagged(Project="churn")))
    aws.clock.advance(5 * MINUTE)
    sagemaker.get_waiter("notebook_instance_in_service").wait(**name)
    told = sagemaker.describe_notebook_instance(**name)
    assert told["CreationTime"] == START
    assert told["ResponseMetadata"]["RequestId"]
    sagemaker.stop_notebook_instance(**name)
    aws.clock.advance(5 * MINUTE)
    sagemaker.delete_notebook_instance(**name)
    aws.clock.advance(5 * MINUTE)
    sagemaker.get_waiter("notebook_instance_deleted").wait(**name)


def test_boto3_raises_the_errors_of_aws(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="RecordNotFound") as caught:
        sagemaker.describe_notebook_instance(NotebookInstanceName="nobody")
    assert code(caught) == ("ValidationException", 400)
    sagemaker.create_training_job(**training("twice"))
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_training_job(**training("twice"))
    with pytest.raises(ClientError) as caught:
        sagemaker.list_projects()
    assert code(caught) == ("UnsupportedOperation", 400)


def test_boto3_pages_through_jobs_and_their_children(aws: LocalAws, sagemaker: Any) -> None:
    for number in range(12):
        sagemaker.create_training_job(**training(f"page-{number}"))
    sagemaker.create_hyper_parameter_tuning_job(**tuning("pages"))
    aws.clock.advance(MINUTE)
    jobs = sagemaker.get_paginator("list_training_jobs").paginate(NameContains="page-")
    assert len([job for page in jobs for job in page["TrainingJobSummaries"]]) == 12
    children = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="pages"
    )
    assert len(children["TrainingJobSummaries"]) == 2


def test_a_change_reaches_the_rules_of_the_account(aws: LocalAws, sagemaker: Any) -> None:
    events, sqs = aws.client("events"), aws.client("sqs")
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    arn = f"arn:aws:sqs:{aws.region}:{aws.account.place.account_id}:seen"
    pattern = {"source": ["aws.sagemaker"], "detail": {"NotebookInstanceStatus": ["InService"]}}
    events.put_rule(Name="seen", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="seen", Targets=[{"Id": "1", "Arn": arn}])
    sagemaker.create_notebook_instance(**notebook("DoeJohn-Seen"))
    aws.clock.advance(5 * MINUTE)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    event = json.loads(message["Body"])
    assert event in aws.account.sent
    assert event["detail"]["NotebookInstanceName"] == "DoeJohn-Seen"


def test_a_grant_for_notebooks_is_no_grant_for_jobs(aws: LocalAws, sagemaker: Any) -> None:
    user = as_user(
        aws,
        "stopper",
        "sagemaker",
        {
            "Action": ["sagemaker:Stop*", "sagemaker:Describe*"],
            "Resource": "arn:aws:sagemaker:*:*:notebook-instance/*",
        },
    )
    sagemaker.create_notebook_instance(**notebook("DoeJohn-Scoped"))
    sagemaker.create_training_job(**training("scoped"))
    aws.clock.advance(5 * MINUTE)
    user.stop_notebook_instance(NotebookInstanceName="DoeJohn-Scoped")
    with pytest.raises(ClientError, match=":training-job/scoped because no identity") as caught:
        user.stop_training_job(TrainingJobName="scoped")
    assert code(caught) == ("AccessDeniedException", 400)


def test_list_calls_need_a_grant_for_everything(aws: LocalAws) -> None:
    listing = {"Action": "sagemaker:ListTrainingJobs"}
    narrow = "arn:aws:sagemaker:*:*:training-job/*"
    refused = as_user(aws, "narrow", "sagemaker", {**listing, "Resource": narrow})
    with pytest.raises(ClientError, match="not authorized"):
        refused.list_training_jobs()
    assert as_user(aws, "wide", "sagemaker", {**listing, "Resource": "*"}).list_training_jobs()


def test_a_condition_on_tags_is_checked(aws: LocalAws, sagemaker: Any) -> None:
    owned = {"StringEquals": {"aws:ResourceTag/Owner": "doe"}}
    grant = {"Action": "sagemaker:*", "Resource": "*", "Condition": owned}
    user = as_user(aws, "owner", "sagemaker", grant)
    sagemaker.create_notebook_instance(**notebook("DoeJohn-Mine", Tags=tagged(Owner="doe")))
    sagemaker.create_notebook_instance(**notebook("RoeJane-Hers", Tags=tagged(Owner="roe")))
    assert user.describe_notebook_instance(NotebookInstanceName="DoeJohn-Mine")
    with pytest.raises(ClientError, match="not authorized"):
        user.describe_notebook_instance(NotebookInstanceName="RoeJane-Hers")


def test_cloudtrail_names_the_user_who_signed_or_was_denied(aws: LocalAws) -> None:
    grant = {"Action": "sagemaker:CreateTrainingJob", "Resource": "*"}
    user = as_user(aws, "known", "sagemaker", grant)
    user.create_training_job(**training("known"))
    with pytest.raises(ClientError):
        user.create_notebook_instance(**notebook("DoeJohn-Denied"))
    made, denied = (event["detail"] for event in aws.account.events if _by(event, "known"))
    assert made["userIdentity"]["userName"] == denied["userIdentity"]["userName"] == "known"
    assert "Boto3" in made["userAgent"]
    assert (denied["errorCode"], denied["requestParameters"]) == ("AccessDenied", None)


def _by(event: dict[str, Any], user: str) -> bool:
    who: str = event["detail"].get("userIdentity", {}).get("arn", "")
    return who.endswith(f":user/{user}")


def test_the_tagging_api_pages_through_what_was_ever_tagged(aws: LocalAws, sagemaker: Any) -> None:
    types = ["sagemaker:processing-job"]
    for number in range(5):
        made = sagemaker.create_processing_job(**_processing(number))
    arn = made["ProcessingJobArn"]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["Even"])
    tagging = aws.client("resourcegroupstaggingapi")
    everything = list(
        tagging.get_paginator("get_resources").paginate(
            ResourceTypeFilters=types, PaginationConfig={"PageSize": 2}
        )
    )
    rows = [row for page in everything for row in page["ResourceTagMappingList"]]
    assert [len(page["ResourceTagMappingList"]) for page in everything] == [2, 2]
    assert {row["ResourceARN"]: row["Tags"] for row in rows}[arn] == []


def _processing(number: int) -> dict[str, Any]:
    """Ask for a processing job; the first has no tags."""
    tags = {"Tags": tagged(Even=str(number % 2 == 0))} if number else {}
    cluster = definition()["ResourceConfig"]
    return {
        "ProcessingJobName": f"rgta-{number}",
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": "image:1"},
        "RoleArn": ROLE,
        **tags,
    }


def test_a_tagging_page_is_cut_before_it_is_filtered(aws: LocalAws) -> None:
    answer = aws.client("resourcegroupstaggingapi").get_resources(
        ResourceTypeFilters=["sagemaker:processing-job"],
        TagFilters=[{"Key": "Even", "Values": ["True"]}],
        ResourcesPerPage=1,
    )
    assert answer["ResourceTagMappingList"] == []
    assert answer["PaginationToken"]


def test_the_tagging_api_still_knows_other_services(aws: LocalAws) -> None:
    aws.client("sqs").create_queue(QueueName="tagged", tags={"Project": "churn"})
    tagging = aws.client("resourcegroupstaggingapi")
    found = tagging.get_resources(TagFilters=[{"Key": "Project", "Values": ["churn"]}])
    assert any(":sqs:" in row["ResourceARN"] for row in found["ResourceTagMappingList"])


def test_the_tagging_api_tags_and_untags(aws: LocalAws, sagemaker: Any) -> None:
    arn = sagemaker.create_training_job(**training("retag"))["TrainingJobArn"]
    tagging = aws.client("resourcegroupstaggingapi")
    tagging.tag_resources(ResourceARNList=[arn], Tags={"Project": "churn", "Name": "Doe"})
    tagging.untag_resources(ResourceARNList=[arn], TagKeys=["Name"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tagged(Project="churn")
    missing = arn.replace("retag", "nobody")
    failed = tagging.tag_resources(ResourceARNList=[missing], Tags={"a": "b"})
    assert missing in failed["FailedResourcesMap"]


def test_another_region_is_empty(aws: LocalAws) -> None:
    session = boto3.Session("test", "test", region_name="eu-west-1")
    elsewhere = session.client("sagemaker", endpoint_url=aws.endpoint)
    assert elsewhere.list_training_jobs()["TrainingJobSummaries"] == []
