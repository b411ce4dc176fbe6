"""What was put off: the digest of what waited for somebody, and the reminder of a warning."""

from collections.abc import Sequence
from copy import replace
from datetime import timedelta

from costguard.notifications.attempt import Attempt
from costguard.notifications.delivery import (
    CLAIM,
    LOOK_BACK,
    DeliveryOutcome,
    DeliveryStatus,
    digest_row,
    rows_of_digest,
)
from costguard.notifications.hand_over import deliver_to, recipient_now, routed
from costguard.notifications.notice import REMINDER, DeferredMessage, Notice
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient
from costguard.notifications.schedule import LONGEST_HIDE, backoff
from costguard.notifications.sender import send
from costguard.notifications.standing import as_reminded


def send_digest(
    ports: NotificationPorts, deferred: DeferredMessage, attempt: Attempt
) -> timedelta | None:
    """Say in one message all that waits for somebody until now."""
    key = str(deferred.to)
    waiting = ports.deliveries.waiting(key, deferred.due - LOOK_BACK)
    rows = rows_of_digest(waiting, deferred.due)
    if not (notices := tuple(row.body for row in rows if row.body)):
        return None
    to = recipient_now(ports, key, notices[-1])
    digest = digest_row(key, deferred.due, attempt.now + CLAIM)
    stored = ports.deliveries.find(digest)
    if stored and stored.status is DeliveryStatus.SENT:
        for row in rows:  # an invocation sent it and died before it wrote all rows
            ports.deliveries.mark(row.as_sent(stored.channel, stored.sent))
        return None
    if not ports.deliveries.claim(digest, attempt.now):
        return backoff(attempt.number)
    if stored and stored.status is DeliveryStatus.CLAIMED:
        attempt.note(DeliveryOutcome.REPEATED, notices, to)
    return send(ports, to, notices, (digest, *rows), attempt)


def send_reminder(
    ports: NotificationPorts, deferred: DeferredMessage, notice: Notice, attempt: Attempt
) -> timedelta | None:
    """Remind those who heard a warning of it, if it still stands."""
    waits = [_remind(ports, each, notice, attempt) for each in _heard(ports, deferred, notice)]
    return max((wait for wait in waits if wait is not None), default=None)


def _heard(
    ports: NotificationPorts, deferred: DeferredMessage, notice: Notice
) -> Sequence[Recipient]:
    """Return the recipient; a message of an earlier version is for all."""
    if deferred.to is None:
        return routed(ports, notice)
    return (recipient_now(ports, deferred.to, notice),)


def _remind(
    ports: NotificationPorts, to: Recipient, notice: Notice, attempt: Attempt
) -> timedelta | None:
    """Remind one recipient this long before the deadline in their warning."""
    standing = as_reminded(ports, to.key, notice, attempt.now)
    before = ports.policy.notify.remind
    if standing is None or standing.deadline is None or before is None:
        return None
    early = standing.deadline - before - attempt.now
    if early > timedelta():
        return min(early, LONGEST_HIDE)
    return deliver_to(ports, to, replace(notice, id=f"{notice.id}{REMINDER}"), attempt)
