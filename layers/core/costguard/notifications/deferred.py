"""Deferred messages: the digest for a recipient, and the reminder of a warning."""

from collections.abc import Sequence
from copy import replace
from datetime import timedelta

from costguard.notifications.attempt import Attempt
from costguard.notifications.delivery import (
    CLAIM,
    LOOK_BACK,
    MOST_NAMED,
    NEXT_PART,
    Delivery,
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
    """Say all that waits for somebody until now, in as few messages as can name everything.

    What a message only counted would be marked as heard.
    """
    key, due = str(deferred.to), deferred.due
    rows = rows_of_digest(ports.deliveries.waiting(key, due - LOOK_BACK), due)
    while rows:
        digest = digest_row(key, due, attempt.now + CLAIM)
        stored = ports.deliveries.find(digest)
        if stored and stored.is_settled:
            told = [row for row in rows if stored.names(row)]
            for row in told:  # an invocation died before it wrote all rows
                ports.deliveries.mark(row.as_told_in(stored))
        else:
            told = rows[:MOST_NAMED]
            digest = replace(digest, named=" ".join(row.notice for row in told))
            if wait := _send_part(ports, told, digest, stored, attempt):
                return wait
        rows, due = rows[len(told) :], due + NEXT_PART
    return None


def _send_part(
    ports: NotificationPorts,
    rows: Sequence[Delivery],
    digest: Delivery,
    stored: Delivery | None,
    attempt: Attempt,
) -> timedelta | None:
    """Send one message of a digest; `stored` is its row as an earlier try left it."""
    notices = tuple(row.body for row in rows if row.body)
    to = recipient_now(ports, digest.to, notices[-1])
    if not ports.deliveries.claim(digest, attempt.now):
        return backoff(attempt.number)
    if stored and stored.status is DeliveryStatus.CLAIMED:
        attempt.note(DeliveryOutcome.REPEATED, notices, to)
    return send(ports, to, notices, (digest, *rows), attempt)


def send_reminder(
    ports: NotificationPorts, deferred: DeferredMessage, notice: Notice, attempt: Attempt
) -> timedelta | None:
    """Remind the recipients of a warning, if it still applies."""
    waits = [_remind(ports, each, notice, attempt) for each in _heard(ports, deferred, notice)]
    return max((wait for wait in waits if wait is not None), default=None)


def _heard(
    ports: NotificationPorts, deferred: DeferredMessage, notice: Notice
) -> Sequence[Recipient]:
    """Return the recipients; a message of an earlier version is for all."""
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
