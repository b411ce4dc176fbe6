"""Keep the order of one recipient's messages about one resource: waiting ones are sent first."""

from datetime import timedelta

from costguard.notifications.attempt import Attempt
from costguard.notifications.delivery import (
    CLAIM,
    LOOK_BACK,
    NEXT_PART,
    Delivery,
    DeliveryStatus,
    digest_row,
)
from costguard.notifications.notice import Notice
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient
from costguard.notifications.schedule import backoff
from costguard.notifications.sender import send


def send_in_order(
    ports: NotificationPorts, to: Recipient, notice: Notice, row: Delivery, attempt: Attempt
) -> timedelta | None:
    """Send a notice, and before it the waiting ones about the same resource."""
    for held, earlier in _held_before(ports, to, notice):
        if wait := _send_early(ports, to, earlier, held, attempt):
            ports.deliveries.mark(row.with_status(DeliveryStatus.RETRY))
            return wait
    return send(ports, to, (notice,), (row,), attempt)


def _send_early(
    ports: NotificationPorts, to: Recipient, notice: Notice, row: Delivery, attempt: Attempt
) -> timedelta | None:
    """Send what waits for a digest, unless that is over; the digest is locked meanwhile."""
    digest = digest_row(to.key, row.until or row.at, attempt.now + CLAIM)
    while (stored := ports.deliveries.find(digest)) and stored.is_settled:
        if stored.names(row):  # an invocation died before it wrote all rows
            ports.deliveries.mark(row.as_told_in(stored))
            return None
        digest = digest_row(to.key, digest.at + NEXT_PART, attempt.now + CLAIM)
    if not ports.deliveries.claim(digest, attempt.now):
        return backoff(attempt.number)
    wait = send(ports, to, (notice,), (row,), attempt)
    ports.deliveries.mark(digest.with_status(DeliveryStatus.RETRY))
    return wait


def _held_before(
    ports: NotificationPorts, to: Recipient, notice: Notice
) -> list[tuple[Delivery, Notice]]:
    """Find messages that wait for a digest or the morning, about a resource that cannot wait."""
    waiting = ports.deliveries.waiting(to.key, notice.time - LOOK_BACK)
    held = [(row, row.body) for row in waiting if row.body]
    return [(row, body) for row, body in held if body.subject_key == notice.subject_key]
