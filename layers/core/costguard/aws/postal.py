"""Where `notify`'s ports meet AWS and Slack: the one place that knows both."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any

from costguard.aws.clients import client
from costguard.aws.deliveries import Deliveries
from costguard.aws.ledger import Ledger
from costguard.aws.mail import Mail, Topic
from costguard.aws.metrics import count
from costguard.aws.secrets import Secret
from costguard.aws.wiring import policy
from costguard.channel import Channel
from costguard.delivery import Outcome
from costguard.incoming import Later
from costguard.letter import Letter
from costguard.people import Person
from costguard.policy import Policy
from costguard.postman import Post
from costguard.settings import PostSettings

type Way = Callable[[Letter, Person], Outcome]


@dataclass(frozen=True, slots=True)
class NotifyQueue:
    """The function's own queue: what is said later comes back, what failed is hidden a while."""

    sqs: Any
    url: str

    def later(self, later: Later) -> None:
        """Send a message to ourselves; the function hides it until it is due."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=later.dump())

    def hide(self, receipt: str, wait: timedelta) -> None:
        """Bring a message back after a while; SQS counts whole seconds, twelve hours at most."""
        seconds = max(1, int(wait.total_seconds()))
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )


@cache
def post() -> Post:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = PostSettings.read(os.environ)
    return wire(settings, policy(), client, queue())


def wire(
    settings: PostSettings, of: Policy, client: Callable[[str], Any], queue: NotifyQueue
) -> Post:
    """Bind every port to the AWS client that serves it."""
    ledger = Ledger(client("dynamodb"), settings.ledger_table)
    deliveries = Deliveries(client("dynamodb"), settings.ledger_table)
    return Post(
        policy=of,
        ways=_ways(settings, deliveries, client),
        creator=ledger.creator,
        case=ledger.case,
        find=deliveries.find,
        recent=deliveries.recent,
        waiting=deliveries.waiting,
        claim=deliveries.claim,
        mark=deliveries.mark,
        unreached=deliveries.unreached,
        take_turn=deliveries.take_turn,
        later=queue.later,
        count=partial(count, settings.stack, settings.function),
    )


@cache
def queue() -> NotifyQueue:
    """Wire the queue."""
    return NotifyQueue(client("sqs"), PostSettings.read(os.environ).queue)


def _ways(
    settings: PostSettings, deliveries: Deliveries, client: Callable[[str], Any]
) -> dict[Channel, Way]:
    """Give the channels that this deployment has set up; SNS is always one."""
    ways: dict[Channel, Way] = {Channel.SNS: Topic(client("sns"), settings.summary_topic).send_text}
    if settings.mail_from:
        ways[Channel.EMAIL] = Mail(client("sesv2"), settings.mail_from).send
    if settings.chat_topic:
        ways[Channel.CHAT] = Topic(client("sns"), settings.chat_topic).send_chat
    if settings.slack_token or settings.slack_webhook:
        from costguard.aws.slack import Slack, Webhook  # noqa: PLC0415 - 0.15 s, only if needed

        if settings.slack_token:
            ways[Channel.SLACK] = Slack(Secret(settings.slack_token, client), deliveries).send
        if settings.slack_webhook:
            ways[Channel.WEBHOOK] = Webhook(Secret(settings.slack_webhook, client)).send
    return ways
