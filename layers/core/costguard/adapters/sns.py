"""The two topics: notices as JSON, and text for people."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.batches import batches
from costguard.common.errors import SourceUnavailableError
from costguard.notifications.notice import Notice
from costguard.notifications.schema import encode_published

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


_MOST, _HEAVIEST = 10, 250_000
"""Messages of one PublishBatch, and their bytes; SNS takes 256 kB together."""
_INVALID = (
    "InvalidParameter",
    "ParameterValueInvalid",
    "BatchRequestTooLong",
    "ValidationException",
)

type _Named = tuple[str, dict[str, Any]]


class SnsNotices(Struct, frozen=True):
    """The topic that carries notices."""

    sns: "SNSClient"
    topic: str

    def publish_each(self, notices: Sequence[Notice]) -> Mapping[str, Exception]:
        """Publish notices, several in one call; return what SNS refused, by the notice's id."""
        refused = dict[str, Exception]()
        named = [(each.id, _message(each)) for each in notices]
        for some in batches(named, most=_MOST, heaviest=_HEAVIEST, weight=_weight):
            refused |= self._publish_or_tell(some)
        return refused

    def _publish_or_tell(self, some: Sequence[_Named]) -> Mapping[str, Exception]:
        """Publish messages, each alone where SNS finds the call of several invalid."""
        try:
            return self._publish(some)
        except AWS_ERRORS as error:
            if len(some) > 1 and _code(error) in _INVALID:
                alone = (self._publish_or_tell([each]) for each in some)
                return {name: why for errors in alone for name, why in errors.items()}
            return {name: error for name, _ in some}

    def _publish(self, some: Sequence[_Named]) -> Mapping[str, Exception]:
        """Publish one alone, or several together; each of these may be refused by itself."""
        if len(some) == 1:
            self.sns.publish(TopicArn=self.topic, **some[0][1])
            return {}
        entries: Any = [{"Id": str(at), **message} for at, (_, message) in enumerate(some)]
        answer = self.sns.publish_batch(TopicArn=self.topic, PublishBatchRequestEntries=entries)
        return {some[int(each["Id"])][0]: _error(each) for each in answer.get("Failed", ())}


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


def _message(notice: Notice) -> dict[str, Any]:
    """Write a notice; several rules become a list that a filter policy matches one by one."""
    attributes = {k: attribute(v) for k, v in notice.attributes.items()}
    if len(rules := notice.rules) > 1:
        attributes["rule"] = {"DataType": "String.Array", "StringValue": json.dumps(rules)}
    text = encode_published(notice)
    return {"Subject": notice.subject, "Message": text, "MessageAttributes": attributes}


def _weight(named: _Named) -> int:
    return sum(len(str(part).encode()) for part in named[1].values())  # more than SNS counts


def _code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _error(refused: Mapping[str, Any]) -> Exception:
    return SourceUnavailableError(f"SNS: {refused['Code']}: {refused.get('Message', 'no reason')}")


def attribute(text: str) -> "MessageAttributeValueTypeDef":
    """Write a message attribute of text."""
    return {"DataType": "String", "StringValue": text}
