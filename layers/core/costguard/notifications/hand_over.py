"""One notice to one recipient: sent already, sent later with others, or sent now."""

from copy import replace
from datetime import timedelta

from costguard.notifications.attempt import Attempt
from costguard.notifications.delivery import CLAIM, Delivery, DeliveryOutcome, DeliveryStatus
from costguard.notifications.in_order import send_in_order
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import (
    Recipient,
    recipient_by_key,
    recipients_of,
)
from costguard.notifications.schedule import backoff, held_until
from costguard.ownership.directory import Person

_SOON = timedelta(minutes=1)
"""A digest that is due before this may not see a row that is written now: it is asked for again."""


def routed(ports: NotificationPorts, notice: Notice) -> tuple[Recipient, ...]:
    """List the present recipients of a notice."""
    made = ports.creators.creator(notice.resource.ref)
    return recipients_of(notice, ports.policy, ports.senders, made)


def recipient_now(ports: NotificationPorts, key: str, notice: Notice) -> Recipient:
    """Find the recipient of a deferred message; a removed key has no recipient."""
    for recipient in routed(ports, notice):
        if recipient.key == key:
            return recipient
    found = recipient_by_key(key, ports.policy, ports.senders, notice.stage)
    if found.key != key:
        return Recipient(key=key, person=Person(name=key), channels=())
    return replace(found, channels=tuple(c for c in found.channels if c in ports.senders))


def deliver_to(
    ports: NotificationPorts, to: Recipient, notice: Notice, attempt: Attempt
) -> timedelta | None:
    """Notify one recipient, unless that is done, or is done later with other messages."""
    row = Delivery(to=to.key, notice=notice.id, at=notice.time, status=DeliveryStatus.CLAIMED)
    stored = ports.deliveries.find(row)
    if stored and stored.status in (DeliveryStatus.SENT, DeliveryStatus.FAILED):
        return None
    if stored and stored.status is DeliveryStatus.WAITING and stored.until:
        if attempt.number > 1:  # an earlier invocation may have died before it requested its digest
            later = DeferredMessage(due=stored.until, to=to.key)
            ports.deferrals.defer(later, attempt.now)
        return None
    if _hold(ports, to, notice, row, attempt):
        return None
    if not ports.deliveries.claim(replace(row, until=attempt.now + CLAIM), attempt.now):
        return backoff(attempt.number)
    if stored and stored.status is DeliveryStatus.CLAIMED:
        attempt.note(DeliveryOutcome.REPEATED, (notice,), to)
    return send_in_order(ports, to, notice, row, attempt)


def _hold(
    ports: NotificationPorts, to: Recipient, notice: Notice, row: Delivery, attempt: Attempt
) -> bool:
    """Keep a notice for the morning or for a digest, where it may wait."""
    now = attempt.now
    since = min(notice.time, now) - ports.policy.notify.digest_within
    rows = ports.deliveries.recent(to.key, since)
    until = held_until(notice, to, rows, ports.policy, now)
    if until is None:
        return False
    ports.deliveries.mark(replace(row, status=DeliveryStatus.WAITING, until=until, body=notice))
    if all(other.until != until for other in rows) or until - attempt.now < _SOON:
        ports.deferrals.defer(DeferredMessage(due=until, to=to.key), now)
    attempt.note(DeliveryOutcome.HELD, (notice,), to, until=until.isoformat())
    return True
