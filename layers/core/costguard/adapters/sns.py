"""The two topics: notices as JSON, and text for people."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.notifications.notice import Notice
from costguard.notifications.schema import encode_published

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class SnsNotices(Struct, frozen=True):
    """The topic that carries notices."""

    sns: "SNSClient"
    topic: str

    def publish(self, notice: Notice) -> None:
        """Publish a notice; several rules become a list that a filter policy matches one by one."""
        attributes = {k: attribute(v) for k, v in notice.attributes.items()}
        if len(rules := notice.rules) > 1:
            attributes["rule"] = {"DataType": "String.Array", "StringValue": json.dumps(rules)}
        self.sns.publish(
            TopicArn=self.topic,
            Subject=notice.subject,
            Message=encode_published(notice),
            MessageAttributes=attributes,
        )


class SnsTexts(Struct, frozen=True):
    """The topic that carries text for people."""

    sns: "SNSClient"
    topic: str

    def publish(self, text: str) -> None:
        """Publish text that a person reads."""
        self.publish_with_subject("Costguard", text)

    def publish_with_subject(self, subject: str, text: str) -> None:
        """Publish it under a subject of printable ASCII, shorter than 100 characters."""
        self.sns.publish(TopicArn=self.topic, Subject=subject, Message=text)

    def confirmed_subscriptions(self) -> int:
        """Count confirmed subscriptions; one by e-mail needs its reader to follow the link.

        A deleted topic has none.
        """
        try:
            found = self.sns.get_topic_attributes(TopicArn=self.topic)["Attributes"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFound":
                raise
            return 0
        return int(found.get("SubscriptionsConfirmed", "0"))


def attribute(text: str) -> "MessageAttributeValueTypeDef":
    """Write a message attribute of text."""
    return {"DataType": "String", "StringValue": text}
