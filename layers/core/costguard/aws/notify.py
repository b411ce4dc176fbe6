"""The voice: notices and summaries to SNS, stop references to the queue."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from costguard.messages import Notice, fitted
from costguard.model import Ref

STOP_SCHEMA = "costguard.stop/2"
_AT_A_TIME = 250
"""References in one message: at five stops a second, half of the time that `enforce` has."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """The topic that carries notices."""

    sns: Any
    topic: str

    def tell(self, notice: Notice) -> None:
        """Publish a notice; several rules become a list that a filter policy matches one by one."""
        attributes = {k: _attribute(v) for k, v in notice.attributes.items()}
        if len(rules := notice.rule.split(",")) > 1:
            attributes["rule"] = {"DataType": "String.Array", "StringValue": json.dumps(rules)}
        self.sns.publish(
            TopicArn=self.topic,
            Subject=notice.subject,
            Message=json.dumps(fitted(notice).as_dict(), ensure_ascii=False),
            MessageAttributes=attributes,
        )


@dataclass(frozen=True, slots=True)
class Summaries:
    """The topic that carries text for people."""

    sns: Any
    topic: str

    def summarise(self, text: str) -> None:
        """Publish text that a person reads."""
        self.say("Costguard", text)

    def say(self, subject: str, text: str) -> None:
        """Publish it under a subject of printable ASCII, shorter than 100 characters."""
        self.sns.publish(TopicArn=self.topic, Subject=subject, Message=text)


@dataclass(frozen=True, slots=True)
class StopQueue:
    """Hands stops over to `enforce`: a reference, not a plan."""

    sqs: Any
    url: str

    def hand_over(self, refs: Iterable[Ref], now: datetime) -> None:
        """Ask for another look, with the power to stop."""
        for some in batched(refs, _AT_A_TIME, strict=False):
            named = [asdict(ref) for ref in some]
            body = {"schema": STOP_SCHEMA, "time": now.isoformat(), "resources": named}
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(body))


def _attribute(text: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": text}
