"""Build the ports of `notify` from AWS and Slack: the only module that knows both."""

import os
from copy import replace
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from costguard.adapters.clients import client
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import KEPT, DynamoDbDeliveries
from costguard.adapters.dynamodb.links import DynamoDbLinks
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.published import PublishedNotices
from costguard.adapters.dynamodb.rosters import DynamoDbRosters
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.logs import log_decision
from costguard.adapters.metrics import emit_metrics
from costguard.adapters.secrets import Secret
from costguard.adapters.ses import SesChannel
from costguard.adapters.sns_channel import SnsChatChannel, SnsTextChannel
from costguard.adapters.sqs import SqsNotifyQueue
from costguard.app.admin_channel import is_admin_channel
from costguard.bootstrap.policy import PolicySource, load_policy
from costguard.bootstrap.settings import NotifySettings
from costguard.enforcement.enforced import is_enforced, longest_grace
from costguard.notifications.notice import Notice
from costguard.notifications.ports import MessageSender, NoLinks, NoPresses, NotificationPorts
from costguard.ownership.channel import Channel
from costguard.policy.in_account import policy_in
from costguard.policy.model import Policy

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory
    from costguard.adapters.slack import SlackChannel


_AFTER_GRACE = timedelta(days=7)
"""A stop may come that much later than its grace ends, and still find who was warned."""


def notification_ports() -> NotificationPorts:
    """Wire the function, with the rosters of now. Raises SettingsInvalid or PolicyInvalid."""
    ports, source = _wired()
    return replace(ports, policy=source.enrolled())


@cache
def _wired() -> tuple[NotificationPorts, PolicySource]:
    settings = NotifySettings.read(os.environ)
    policy = load_policy(settings.mode, parks=settings.parks)
    rosters = DynamoDbRosters(Table(client("dynamodb"), settings.ledger_table))
    ports = wire_notifier(settings, policy, client, notify_queue())
    return ports, PolicySource(policy, rosters)


def wire_notifier(
    settings: NotifySettings, of: Policy, client: "ClientFactory", queue: SqsNotifyQueue
) -> NotificationPorts:
    """Bind every port to the AWS client that serves it."""
    table = Table(client("dynamodb"), settings.ledger_table)
    deliveries = DynamoDbDeliveries(table, max(KEPT, longest_grace(of) + _AFTER_GRACE))
    slack = _slack(settings, deliveries, client)
    return NotificationPorts(
        policy=of,
        senders=_senders(settings, deliveries, client) | ({Channel.SLACK: slack} if slack else {}),
        creators=DynamoDbMarkers(table),
        warnings=DynamoDbCases(table),
        enforces=partial(_enforces, of),
        known=PublishedNotices(table),
        deliveries=deliveries,
        turns=deliveries,
        deferrals=queue,
        count=partial(emit_metrics, settings.stack, settings.function),
        log=log_decision,
        takes_answers=settings.self_service,
        presses=slack or NoPresses(),
        links=DynamoDbLinks(table, settings.door_url) if settings.door_url else NoLinks(),
    )


@cache
def notify_queue() -> SqsNotifyQueue:
    """Wire the queue."""
    return SqsNotifyQueue(client("sqs"), NotifySettings.read(os.environ).queue)


def _enforces(of: Policy, rule: str, notice: Notice) -> bool:
    limited = policy_in(of, notice.account, is_home=not notice.resource.place)
    return is_enforced(limited, rule, notice.resource.kind)


def _senders(
    settings: NotifySettings, deliveries: DynamoDbDeliveries, client: "ClientFactory"
) -> dict[Channel, MessageSender]:
    """Return the other channels that this deployment has set up; SNS is always one."""
    senders: dict[Channel, MessageSender] = {
        Channel.SNS: SnsTextChannel(
            client("sns"),
            settings.summary_topic,
            partial(is_admin_channel, DynamoDbMarkers(deliveries.table)),
        )
    }
    if settings.mail_from:
        senders[Channel.EMAIL] = SesChannel(client("sesv2"), settings.mail_from)
    if settings.chat_topic:
        senders[Channel.CHAT] = SnsChatChannel(client("sns"), settings.chat_topic)
    if settings.slack_webhook:
        from costguard.adapters.slack import WebhookChannel  # noqa: PLC0415 - 0.15 s, only if needed

        senders[Channel.WEBHOOK] = WebhookChannel(Secret(settings.slack_webhook, client))
    return senders


def _slack(
    settings: NotifySettings, deliveries: DynamoDbDeliveries, client: "ClientFactory"
) -> "SlackChannel | None":
    """Return the bot, if it has a token."""
    if not settings.slack_token:
        return None
    from costguard.adapters.slack import SlackChannel  # noqa: PLC0415 - 0.15 s, only if needed

    token, has_door = Secret(settings.slack_token, client), bool(settings.door_url)
    return SlackChannel(token, deliveries, has_buttons=has_door)
