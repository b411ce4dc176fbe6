"""Where `notify`'s ports meet AWS and Slack: the one place that knows both."""

import os
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from costguard.adapters.clients import client
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.logs import log_decision
from costguard.adapters.metrics import emit_metrics
from costguard.adapters.secrets import Secret
from costguard.adapters.ses import EmailChannel
from costguard.adapters.sns_channel import SnsChannel
from costguard.adapters.sqs import SqsNotifyQueue
from costguard.bootstrap.policy import load_policy
from costguard.bootstrap.settings import NotifySettings
from costguard.enforcement.case import is_still_due
from costguard.notifications.delivery import SendOutcome
from costguard.notifications.message import Message
from costguard.notifications.sender import NotificationPorts
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.model import Policy

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory

type Way = Callable[[Message, Person], SendOutcome]


@cache
def notification_ports() -> NotificationPorts:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = NotifySettings.read(os.environ)
    return wire_notifier(settings, load_policy(), client, notify_queue())


def wire_notifier(
    settings: NotifySettings, of: Policy, client: "ClientFactory", queue: SqsNotifyQueue
) -> NotificationPorts:
    """Bind every port to the AWS client that serves it."""
    table = Table(client("dynamodb"), settings.ledger_table)
    deliveries = DynamoDbDeliveries(table)
    return NotificationPorts(
        policy=of,
        senders=_ways(settings, deliveries, client),
        creator=DynamoDbMarkers(table).creator,
        is_still_due=lambda ref, deadline: is_still_due(DynamoDbCases(table).get(ref), deadline),
        find=deliveries.find,
        recent=deliveries.recent,
        waiting=deliveries.waiting,
        claim=deliveries.claim,
        mark=deliveries.mark,
        unreached=deliveries.unreached,
        take_turn=deliveries.take_turn,
        defer=queue.defer,
        count=partial(emit_metrics, settings.stack, settings.function),
        log=log_decision,
    )


@cache
def notify_queue() -> SqsNotifyQueue:
    """Wire the queue."""
    return SqsNotifyQueue(client("sqs"), NotifySettings.read(os.environ).queue)


def _ways(
    settings: NotifySettings, deliveries: DynamoDbDeliveries, client: "ClientFactory"
) -> dict[Channel, Way]:
    """Give the channels that this deployment has set up; SNS is always one."""
    ways: dict[Channel, Way] = {
        Channel.SNS: SnsChannel(client("sns"), settings.summary_topic).send_text
    }
    if settings.mail_from:
        ways[Channel.EMAIL] = EmailChannel(client("sesv2"), settings.mail_from).send
    if settings.chat_topic:
        ways[Channel.CHAT] = SnsChannel(client("sns"), settings.chat_topic).send_chat
    if settings.slack_token or settings.slack_webhook:
        from costguard.adapters.slack import SlackChannel, WebhookChannel  # noqa: PLC0415 - 0.15 s, only if needed

        if settings.slack_token:
            ways[Channel.SLACK] = SlackChannel(
                Secret(settings.slack_token, client), deliveries
            ).send
        if settings.slack_webhook:
            ways[Channel.WEBHOOK] = WebhookChannel(Secret(settings.slack_webhook, client)).send
    return ways
