"""Messages that a channel accepted: they are never sent again, whatever fails later."""

from collections.abc import Iterable
from datetime import datetime

from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import DeferredMessage, TakenMessage
from costguard.notifications.ports import NotificationPorts
from costguard.ownership.channel import Channel


def mark_taken(
    ports: NotificationPorts, rows: Iterable[Delivery], channel: Channel, now: datetime
) -> None:
    """Record that a channel accepted a message; if the ledger fails, the queue keeps that."""
    sent = tuple(row.as_sent(channel.value, now) for row in rows)
    try:
        for row in sent:
            ports.deliveries.mark(row)
    except Exception:  # noqa: BLE001 - whatever it is, the message must not go back
        later = DeferredMessage(due=now, taken=tuple(map(_taken, sent)), token=ports.known.token())
        ports.deferrals.defer(later, now)


def write_taken(ports: NotificationPorts, taken: Iterable[TakenMessage]) -> None:
    """Store a delivery that a channel accepted while the ledger failed."""
    for each in taken:
        row = Delivery(to=each.to, notice=each.notice, at=each.at, status=DeliveryStatus.CLAIMED)
        ports.deliveries.mark(row.as_sent(each.channel, each.sent))


def _taken(row: Delivery) -> TakenMessage:
    return TakenMessage(to=row.to, notice=row.notice, at=row.at, channel=row.channel, sent=row.sent)
