"""The spoke's template in another account: who may assume its roles, and which events come home."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.account import ACCOUNT, REGION, LocalAws, utc
from tests.local.sagemaker_cases import notebook, training
from tests.local.spokes import EXTERNAL_ID, ORGANIZATION, deploy_spoke

SPOKE = "222233334444/us-west-2"
OUTSIDER = "999900001111/us-west-2"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
HEARD = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
TAKEN = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "events:PutEvents",
    "Resource": BUS,
    "Condition": {
        "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION},
        "ForAllValues:StringEquals": {"events:source": "aws.sagemaker"},
    },
}
FUNCTIONS = ("Watch", "Sweep", "Enforce", "Probe", "Parker")
MAY = {"look": {"Watch", "Sweep", "Enforce"}, "stop": {"Enforce"}, "probe": {"Probe"}}


def make_role(aws: LocalAws, name: str, place: str = "") -> None:
    """Make a role that may assume any, as one of the home stack's functions."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam = aws.client("iam", place)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName=name, PolicyName="All", PolicyDocument=document)


def session(sts: Any, role: str, **more: str) -> boto3.Session:
    """Assume a role; the session is of the spoke's Region."""
    keys = sts.assume_role(RoleArn=role, RoleSessionName="one", **more)["Credentials"]
    parts = (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return boto3.Session(*parts, region_name="us-west-2")


def as_function(aws: LocalAws, role: str, place: str = "") -> Any:
    """Give STS as a function of the home stack calls it."""
    account = place.partition("/")[0] or ACCOUNT
    arn = f"arn:aws:iam::{account}:role/{role}"
    return session(aws.client("sts", place), arn).client("sts", endpoint_url=aws.endpoint)


def in_spoke(aws: LocalAws, sts: Any, task: str, external: str = EXTERNAL_ID) -> Any:
    """Give SageMaker of the spoke, in one of its roles."""
    arn = f"arn:aws:iam::222233334444:role/costguard-{task}-us-west-2"
    made = session(sts, arn, ExternalId=external)
    return made.client("sagemaker", endpoint_url=aws.endpoint)


def refusal(call: Any, *given: Any, **named: Any) -> str:
    """Give the code of an error; nothing where there is none."""
    try:
        call(*given, **named)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return ""


def heard(aws: LocalAws) -> list[dict[str, Any]]:
    """Take the events that came to the home bus."""
    aws.settle()
    sqs, found = aws.client("sqs"), []
    url = sqs.get_queue_url(QueueName="heard")["QueueUrl"]
    while aws.has_message(HEARD):
        for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]:
            found.append(json.loads(each["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """Deploy a spoke, and one by somebody outside the organization; home hears all that comes."""
    with LocalAws(port=0, start=utc(2026, 11, 23, 9), frozen=True, places=[SPOKE]) as running:
        deploy_spoke(running, SPOKE)
        deploy_spoke(running, OUTSIDER, OrganizationId="o-another001")
        for function in FUNCTIONS:
            make_role(running, f"costguard-{function}Role-ABCDEFGHIJKL")
        take_events(running)
        yield running


def take_events(aws: LocalAws) -> None:
    """Let the organization's events of SageMaker in, and keep all that come."""
    properties = {"StatementId": "spokes", "Statement": TAKEN}
    policy = {"Type": "AWS::Events::EventBusPolicy", "Properties": properties}
    body = json.dumps({"Resources": {"SpokesMayForward": policy}})
    aws.client("cloudformation").create_stack(StackName="bus", TemplateBody=body)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": HEARD}
    attributes = {"Policy": json.dumps({"Statement": [allow]})}
    aws.client("sqs").create_queue(QueueName="heard", Attributes=attributes)
    events = aws.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": [{"exists": True}]}))
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": HEARD}])


@pytest.mark.parametrize("task", MAY)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_its_functions_assume_a_role(aws: LocalAws, task: str, function: str) -> None:
    sts = as_function(aws, f"costguard-{function}Role-ABCDEFGHIJKL")
    refused = refusal(in_spoke, aws, sts, task)
    assert refused == ("" if function in MAY[task] else "AccessDenied")


def test_a_role_is_assumed_with_the_external_id_alone(aws: LocalAws) -> None:
    sts = as_function(aws, "costguard-EnforceRole-ABCDEFGHIJKL")
    assert refusal(in_spoke, aws, sts, "stop", "a-text-of-somebody") == "AccessDenied"


def test_a_role_of_the_same_name_elsewhere_is_nobody(aws: LocalAws) -> None:
    make_role(aws, "costguard-EnforceRole-ABCDEFGHIJKL", SPOKE)
    make_role(aws, "costguard-EnforceRole-ABCDEFGHIJKL", OUTSIDER)
    for place in (SPOKE, OUTSIDER):
        sts = as_function(aws, "costguard-EnforceRole-ABCDEFGHIJKL", place)
        assert refusal(in_spoke, aws, sts, "stop") == "AccessDenied"


def test_another_organization_trusts_nobody_of_this_one(aws: LocalAws) -> None:
    sts = as_function(aws, "costguard-SweepRole-ABCDEFGHIJKL")
    arn = "arn:aws:iam::999900001111:role/costguard-look-us-west-2"
    assert refusal(session, sts, arn, ExternalId=EXTERNAL_ID) == "AccessDenied"


def test_who_looks_reads_and_stops_nothing(aws: LocalAws) -> None:
    aws.client("sagemaker", SPOKE).create_training_job(**training("churn-look"))
    look = in_spoke(aws, as_function(aws, "costguard-SweepRole-ABCDEFGHIJKL"), "look")
    [found] = look.list_training_jobs(NameContains="churn-look")["TrainingJobSummaries"]
    assert found["TrainingJobArn"].startswith("arn:aws:sagemaker:us-west-2:222233334444:")
    assert aws.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
    refused = refusal(look.stop_training_job, TrainingJobName="churn-look")
    assert refused == "AccessDeniedException"


def test_scaling_targets_metrics_and_tags_are_of_one_place(aws: LocalAws) -> None:
    aws.client("application-autoscaling", SPOKE).register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/one/variant/a",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    aws.client("cloudwatch", SPOKE).put_metric_data(
        Namespace="Ours", MetricData=[{"MetricName": "one", "Value": 1.0}]
    )
    tags = [{"Key": "Project", "Value": "sinkorswim"}]
    aws.client("sagemaker", SPOKE).create_training_job(**training("churn-tags", Tags=tags))
    seen = {}
    for place in ("", SPOKE):
        scaling = aws.client("application-autoscaling", place)
        tagging = aws.client("resourcegroupstaggingapi", place)
        seen[place] = (
            len(scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]),
            len(aws.client("cloudwatch", place).list_metrics(Namespace="Ours")["Metrics"]),
            len(tagging.get_resources(TagFilters=[{"Key": "Project"}])["ResourceTagMappingList"]),
        )
    assert seen == {"": (0, 0, 0), SPOKE: (1, 1, 1)}


def test_who_stops_only_stops(aws: LocalAws) -> None:
    sagemaker = aws.client("sagemaker", SPOKE)
    sagemaker.create_training_job(**training("churn-stop"))
    aws.clock.advance(timedelta(minutes=5))
    stop = in_spoke(aws, as_function(aws, "costguard-EnforceRole-ABCDEFGHIJKL"), "stop")
    for call, given in {
        stop.describe_training_job: {"TrainingJobName": "churn-stop"},
        stop.create_training_job: training("churn-more"),
        stop.delete_endpoint: {"EndpointName": "one"},
        stop.delete_notebook_instance: {"NotebookInstanceName": "one"},
    }.items():
        assert refusal(call, **given) == "AccessDeniedException"
    stop.stop_training_job(TrainingJobName="churn-stop")
    status = sagemaker.describe_training_job(TrainingJobName="churn-stop")["TrainingJobStatus"]
    assert status in ("Stopping", "Stopped")


def test_who_probes_only_opens(aws: LocalAws) -> None:
    aws.client("sagemaker", SPOKE).create_notebook_instance(**notebook("DoeJohn-There"))
    aws.clock.advance(timedelta(minutes=5))
    probe = in_spoke(aws, as_function(aws, "costguard-ProbeRole-ABCDEFGHIJKL"), "probe")
    url = probe.create_presigned_notebook_instance_url(NotebookInstanceName="DoeJohn-There")
    assert url["AuthorizedUrl"]
    refused = refusal(probe.stop_notebook_instance, NotebookInstanceName="DoeJohn-There")
    assert refused == "AccessDeniedException"


def test_a_session_ends_after_an_hour_of_the_accounts_clock(aws: LocalAws) -> None:
    look = in_spoke(aws, as_function(aws, "costguard-SweepRole-ABCDEFGHIJKL"), "look")
    look.list_training_jobs()
    aws.clock.advance(timedelta(minutes=61))
    assert refusal(look.list_training_jobs) == "ExpiredTokenException"


def test_events_of_a_spoke_come_home_as_they_are_and_go_no_further(aws: LocalAws) -> None:
    heard(aws)
    aws.client("sagemaker", SPOKE).create_training_job(**training("churn-event"))
    found = heard(aws)
    assert {(each["account"], each["region"]) for each in found} == {("222233334444", "us-west-2")}
    kinds = {each["detail-type"] for each in found}
    assert kinds == {"SageMaker Training Job State Change", "AWS API Call via CloudTrail"}


def test_no_event_comes_from_outside_the_organization_or_of_another_source(aws: LocalAws) -> None:
    heard(aws)
    aws.client("sagemaker", OUTSIDER).create_training_job(**training("churn-outside"))
    events = aws.client("events", SPOKE)
    name = events.list_rules()["Rules"][0]["Name"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["ours"]}))
    entry = {"Source": "ours", "DetailType": "SageMaker", "Detail": "{}"}
    events.put_events(Entries=[entry])
    assert heard(aws) == []


def test_no_event_comes_where_the_rules_role_is_gone(aws: LocalAws) -> None:
    heard(aws)
    iam = aws.client("iam", SPOKE)
    [name] = [r["RoleName"] for r in iam.list_roles()["Roles"] if "Forward" in r["RoleName"]]
    iam.delete_role_policy(RoleName=name, PolicyName="Forward")
    aws.client("sagemaker", SPOKE).create_training_job(**training("churn-silent"))
    assert heard(aws) == []
