"""Notices of the JSON contract, and a deployed stack that delivers them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any

from local import sam
from local.account import ACCOUNT, LocalAws, utc
from local.sagemaker.identity import Caller
from local.slack import Slack

MORNING = utc(2026, 11, 23, 15)
POLICY = """
mode = "enforce"
timezone = "America/Chicago"

[contact]
name = "the admins"
slack = "#costguard"

[notify]
digest_above = 3
digest_within = "5m"
remind = "1h"

[[people]]
name = "John Doe"
email = "john.doe@example.org"

[[people]]
name = "Jane Roe"
email = "jane.roe@example.org"
slack = "U0JANE"

[[people]]
name = "Åsa Öberg"
email = "asa@example.org"

[[people]]
name = "Wrong Address"
email = "wrong.address@example.org"

[[people]]
name = "Slack Only"
slack = "U0ONLY"

[rules.missing-tags]
"""
_QUEUES = ("DeadLetterQueueUrl", "NotifyQueueUrl", "StopQueueUrl")
PARAMETERS = {
    "MailFrom": "costguard@example.org",
    "Mode": "enforce",
    "SlackTokenSecret": "costguard/slack",
    "SlackWebhookSecret": "/costguard/hook",
    "ChatTopic": "on",
}


@dataclass
class DeployedNotifier:
    """A deployed stack, with its Slack and queues."""

    aws: LocalAws
    slack: Slack
    outputs: dict[str, str]
    queues: dict[str, str]

    def publish(self, *notices: dict[str, Any]) -> None:
        """Write notices into the ledger and publish them on the alerts topic, as the guard does."""
        sns = self.aws.client("sns")
        self._write(
            {"pk": "note", "sk": "admin-topic-subscribed", "time": "2026-11-23T00:00:00+00:00"}
        )
        for notice in notices:
            time = f"{datetime.fromisoformat(notice['time']).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            key = f"{time}#{notice['id']}"
            self._write({"pk": "published", "sk": key, "body": json.dumps(notice)})
        entries = [{"Id": str(n), "Message": json.dumps(each)} for n, each in enumerate(notices)]
        for some in batched(entries, 10, strict=False):  # at once, as from one sweep
            sns.publish_batch(
                TopicArn=self.outputs["AlertsTopicArn"], PublishBatchRequestEntries=some
            )
        self.aws.settle()

    def _write(self, row: dict[str, str]) -> None:
        self.aws.client("dynamodb").put_item(
            TableName=self.outputs["LedgerTableName"],
            Item={name: {"S": text} for name, text in row.items()},
        )

    def publish_without_summary_topic(self, notice: dict[str, Any]) -> None:
        """Publish after deleting the summary topic."""
        sns, topic = self.aws.client("sns"), self.outputs["SummaryTopicArn"]
        sns.delete_topic(TopicArn=topic)
        self.publish(notice)

    def redrive(self) -> None:
        """Send the dead letters on their way again, as StartMessageMoveTask, which is missing."""
        sqs, dead = self.aws.client("sqs"), self.outputs["DeadLetterQueueUrl"]
        for message in sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]:
            sqs.send_message(QueueUrl=self.outputs["NotifyQueueUrl"], MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        self.aws.settle()

    def person(self, address: str) -> Caller:
        """Return a caller signed in through single sign-on."""
        return Caller.person(ACCOUNT, address)

    def subjects(self, address: str) -> list[str]:
        """List the subjects of the mails somebody got."""
        return [str(mail["Subject"]) for mail in self.aws.mailbox.to(address)]

    def read(self, topic: str) -> list[str]:
        """Read the new messages of a topic."""
        sqs, url, found = self.aws.client("sqs"), self.queues[topic], []
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in got:
                found.append(str(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def stored_texts(self) -> dict[str, str]:
        """Return everything that the account stores, except the secrets themselves."""
        aws, logs = self.aws, self.aws.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        lines = (logs.filter_log_events(logGroupName=group)["events"] for group in groups)
        functions = aws.client("lambda").list_functions()["Functions"]
        rows = aws.client("dynamodb").get_paginator("scan")
        table = self.outputs["LedgerTableName"]
        urls = (*self.queues.values(), *(self.outputs[q] for q in _QUEUES))
        sqs = aws.client("sqs")
        got = (sqs.receive_message(QueueUrl=u, MaxNumberOfMessages=10) for u in urls)
        return {
            "logs": " ".join(event["message"] for events in lines for event in events),
            "functions": json.dumps(functions, default=str),
            "ledger": str([page["Items"] for page in rows.paginate(TableName=table)]),
            "queues": str([answer.get("Messages") for answer in got]),
        }

    def waiting(self, queue: str) -> int:
        """Count what lies in a queue, hidden messages too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        asked = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs[queue], AttributeNames=names
        )
        return sum(map(int, asked["Attributes"].values()))


@contextmanager
def deployed_notifier(at: Path) -> Iterator[DeployedNotifier]:
    """Deploy the stack with every channel set up."""
    policy = at / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    users = {
        "jane.roe@example.org": "U0JANE",
        "only@example.org": "U0ONLY",
        "old@example.org": "U0OLD",
    }
    with LocalAws(port=0, start=MORNING, frozen=True) as aws, Slack(users, begins=MORNING) as slack:
        slack_secret = {"Name": "costguard/slack", "SecretString": slack.secret}
        aws.client("secretsmanager").create_secret(**slack_secret)
        aws.client("sesv2").create_email_identity(EmailIdentity="example.org")
        hook = {"Name": "/costguard/hook", "Value": slack.hook, "Type": "SecureString"}
        aws.client("ssm").put_parameter(**hook)
        root = sam.copy_sources(policy, at / "stack")
        outputs = sam.deploy(aws, parameters=PARAMETERS, root=root)
        queues = {t: _listen(aws, outputs[t]) for t in ("SummaryTopicArn", "ChatTopicArn")}
        yield DeployedNotifier(aws, slack, outputs, queues)


def _listen(aws: LocalAws, topic: str) -> str:
    sqs = aws.client("sqs")
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    name = topic.rsplit(":", 1)[-1]
    url = str(sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    aws.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return url


def notice(
    name: str = "RoeJane-Train", owner: str | None = "Jane Roe", **changes: Any
) -> dict[str, Any]:
    """Make a warning of the contract's fields, and change it."""
    arn = f"arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/{name.lower()}"
    made = {
        "schema": "costguard.notice/1",
        "id": f"n-{name}",
        "time": "2026-11-23T15:00:00Z",
        "account": "123456789012",
        "region": "us-east-2",
        "stage": "warning",
        "rule": "missing-tags",
        "resource": {
            "arn": arn,
            "kind": "notebook-instance",
            "name": name,
            "instance_type": "ml.t3.medium",
            "instance_count": 1,
        },
        "owner": {"name": owner, "email": None, "slack": None},
        "reason": "the tag Project is missing",
        "remedy": f"Run this line.\naws sagemaker add-tags --resource-arn {arn}",
        "deadline": "2026-11-23T19:00:00Z",
        "cost": {"usd_per_hour": "0.05", "usd_so_far": "1.20", "estimated": True},
    }
    return made | changes
