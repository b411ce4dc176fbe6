"""Everything that stores data is encrypted, requires TLS, and names its other writers."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.template import (
    ALONE,
    EVERYTHING,
    IN_SSM,
    NOTHING,
    RESOURCES,
    Deployment,
    listed,
    of_type,
    target,
)

TLS_ONLY = {"Bool": {"aws:SecureTransport": "false"}}
QUEUES, TOPICS = of_type("AWS::SQS::Queue"), of_type("AWS::SNS::Topic")
WITH_A_KEY = Deployment({**EVERYTHING.given, "TopicKey": "yes"})
HOLDERS = {  # what holds data: the type of its policy, and where that names it
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "sqs:*"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "sns:Publish"),
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "s3:*"),
    "AWS::DynamoDB::Table": ("", "", "dynamodb:*"),
}
HOLDING = [(name, r["Type"]) for name, r in RESOURCES.items() if r["Type"] in HOLDERS]

type Statement = Mapping[str, Any]


def statements(name: str, kind: str) -> list[Statement]:
    """Give the statements of the one policy about a resource."""
    policy, names, _ = HOLDERS[kind]
    if not policy:
        document = RESOURCES[name]["Properties"]["ResourcePolicy"]["PolicyDocument"]
        return list(document["Statement"])
    about = [p for p in of_type(policy).values() if name in map(target, listed(p[names]))]
    [found] = about
    return list(found["PolicyDocument"]["Statement"])


def allowed(name: str) -> list[tuple[str, str, Any]]:
    """List who else may write to something: the service, what it may do, and for whom."""
    given = [s for s in statements(name, RESOURCES[name]["Type"]) if s["Effect"] == "Allow"]
    return [(s["Principal"]["Service"], s["Action"], s.get("Condition")) for s in given]


@pytest.mark.parametrize(("name", "kind"), HOLDING)
def test_what_holds_data_is_reached_over_tls_alone(name: str, kind: str) -> None:
    [denied] = [s for s in statements(name, kind) if s["Effect"] == "Deny"]
    assert (denied["Principal"], denied["Action"]) == ("*", HOLDERS[kind][2])
    assert denied["Condition"] == TLS_ONLY
    on = [EVERYTHING.text(each) for each in listed(denied["Resource"])]
    itself = EVERYTHING.text(
        {"Ref": name} if kind.endswith("Topic") else {"Fn::GetAtt": [name, "Arn"]}
    )
    assert on in ([itself], [itself, f"{itself}/*"], ["*"])


@pytest.mark.parametrize("name", [name for name, kind in HOLDING if "Table" not in kind])
def test_only_a_tables_policy_says_everything_for_itself(name: str) -> None:
    wide = [s for s in statements(name, RESOURCES[name]["Type"]) if "*" in listed(s["Resource"])]
    assert wide == []


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_encrypted(queue: str) -> None:
    assert QUEUES[queue]["SqsManagedSseEnabled"] is True


def test_the_ledger_and_the_pages_are_encrypted() -> None:
    assert RESOURCES["Ledger"]["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    bucket = RESOURCES["ReportBucket"]["Properties"]["BucketEncryption"]
    [rule] = bucket["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_a_key_where_that_is_asked_for(topic: str) -> None:
    asked = WITH_A_KEY.resources[topic]["Properties"]["KmsMasterKeyId"]
    assert target(asked) == "TopicsKey"
    assert "KmsMasterKeyId" not in TOPICS[topic]


def test_whoever_publishes_may_use_the_key_and_only_through_sns() -> None:
    assert "TopicsKey" not in RESOURCES
    key = WITH_A_KEY.resources["TopicsKey"]["Properties"]
    admins, publishers, alarms = key["KeyPolicy"]["Statement"]
    assert EVERYTHING.text(admins["Principal"]["AWS"]).endswith(":root")
    through = publishers["Condition"]["StringEquals"]
    assert EVERYTHING.text(through["kms:ViaService"]) == "sns.us-east-2.amazonaws.com"
    assert target(through["kms:CallerAccount"]) == "AWS::AccountId"
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    for each in (publishers, alarms):
        assert each["Action"] == ["kms:GenerateDataKey*", "kms:Decrypt"]


def test_of_others_only_this_accounts_alarms_publish_and_only_summaries() -> None:
    ours = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert allowed("SummaryTopic") == [("cloudwatch.amazonaws.com", "sns:Publish", ours)]
    assert allowed("AlertsTopic") == allowed("ChatRoomTopic") == []


def test_only_the_alerts_topic_writes_to_the_notify_queue_and_nobody_to_the_stop_queue() -> None:
    from_alerts = {"ArnEquals": {"aws:SourceArn": {"Ref": "AlertsTopic"}}}
    assert allowed("NotifyQueue") == [("sns.amazonaws.com", "sqs:SendMessage", from_alerts)]
    assert allowed("StopQueue") == []


def test_what_events_and_notices_cannot_be_delivered_may_become_dead_letters() -> None:
    events, notices = allowed("DeadLetterQueue")
    assert events[:2] == ("events.amazonaws.com", "sqs:SendMessage")
    assert notices[0] == "sns.amazonaws.com"
    redrive = RESOURCES["NoticesToNotify"]["Properties"]["RedrivePolicy"]
    assert target(redrive["deadLetterTargetArn"]) == "DeadLetterQueue"


@pytest.mark.parametrize(
    ("deployment", "token", "hook"),
    [
        (EVERYTHING, "secretsmanager:GetSecretValue", "secretsmanager:GetSecretValue"),
        (IN_SSM, "ssm:GetParameter", "ssm:GetParameter"),
        (ALONE["SlackTokenSecret"], "secretsmanager:GetSecretValue", None),
        (ALONE["SlackWebhookSecret"], None, "secretsmanager:GetSecretValue"),
        (Deployment({"SlackTokenSecret": "team/token"}), "secretsmanager:GetSecretValue", None),
        (NOTHING, None, None),
    ],
)
def test_a_secret_is_granted_where_it_is_and_nowhere_else(
    deployment: Deployment, token: str | None, hook: str | None
) -> None:
    granted = {s["Sid"]: s["Action"] for s in deployment.statements("Notify")}
    assert (granted.get("SlackToken"), granted.get("SlackWebhook")) == (token, hook)
