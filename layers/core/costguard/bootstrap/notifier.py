"""Where `notify`'s ports meet AWS and Slack: the one place that knows both."""

import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from costguard.adapters.clients import client
from costguard.adapters.dynamodb.cases import Ledger
from costguard.adapters.dynamodb.deliveries import Deliveries
from costguard.adapters.metrics import count
from costguard.adapters.secrets import Secret
from costguard.adapters.ses import Mail
from costguard.adapters.sns_channel import Topic
from costguard.adapters.sqs import NotifyQueue
from costguard.bootstrap.policy import policy
from costguard.bootstrap.settings import PostSettings
from costguard.notifications.delivery import Outcome
from costguard.notifications.message import Letter
from costguard.notifications.sender import Post
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.model import Policy

type Way = Callable[[Letter, Person], Outcome]


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
        from costguard.adapters.slack import Slack, Webhook  # noqa: PLC0415 - 0.15 s, only if needed

        if settings.slack_token:
            ways[Channel.SLACK] = Slack(Secret(settings.slack_token, client), deliveries).send
        if settings.slack_webhook:
            ways[Channel.WEBHOOK] = Webhook(Secret(settings.slack_webhook, client)).send
    return ways
