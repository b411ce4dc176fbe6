"""The channels over SNS: plain text for people, and JSON for Amazon Q."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from costguard.adapters.send_outcome import outcome_of
from costguard.adapters.sns import attribute
from costguard.notifications.delivery import Refused, SendOutcome
from costguard.notifications.message import Message
from costguard.notifications.renderers import amazon_q, text
from costguard.ownership.directory import Person

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsTextChannel(Struct, frozen=True):
    """Publishes messages as text for people."""

    sns: "SNSClient"
    arn: str
    is_read: Callable[[], bool]  # SNS also accepts messages without subscribers

    def send(self, message: Message, _person: Person) -> SendOutcome:
        """Publish text; a subscription can filter on the attributes `stage` and `owner`."""
        if not self.is_read():
            return Refused("nobody has confirmed a subscription to the summary topic")
        attributes = {k: attribute(v) for k, v in message.attributes if v}
        return outcome_of(
            self.sns.publish,
            TopicArn=self.arn,
            Subject=text.subject(message),
            Message=text.render(message),
            MessageAttributes=attributes,
        )


class SnsChatChannel(Struct, frozen=True):
    """Publishes messages as JSON for Amazon Q."""

    sns: "SNSClient"
    arn: str

    def send(self, message: Message, _person: Person) -> SendOutcome:
        """Publish the JSON that Amazon Q shows; it drops anything else."""
        shown = json.dumps(amazon_q.render(message), ensure_ascii=False)
        return outcome_of(self.sns.publish, TopicArn=self.arn, Message=shown)
