"""The job of `notify`: a batch of messages, delivered in the order of their notices.

Sent means that a channel accepted it. What cannot be sent now goes back to the queue, and all
later messages of the same resource with it; what cannot be sent at all goes to the admins.
"""

from collections.abc import Iterable
from copy import replace
from datetime import timedelta
from functools import partial

from costguard.notifications.batch import BatchResult, QueueMessage, read_in_order
from costguard.notifications.delivery import (
    CLAIM,
    LOOK_BACK,
    Delivery,
    DeliveryOutcome,
    DeliveryStatus,
)
from costguard.notifications.notice import REMINDER, DeferredMessage, Notice
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient, recipient_by_key, recipients_of
from costguard.notifications.schedule import (
    LONGEST_HIDE,
    backoff,
    held_until,
    plan_reminder,
)
from costguard.notifications.sender import Attempt, Clock, send, send_in_order
from costguard.resources.model import ResourceRef

_TURN = timedelta(minutes=20)


def deliver(ports: NotificationPorts, batch: Iterable[QueueMessage], *, now: Clock) -> BatchResult:
    """Deliver a batch in the order of its notices; one bad message fails no other.

    `now` tells the wall clock's time: a batch takes minutes where a channel is slow.
    """
    result, blocked = BatchResult(), set[str]()
    for message, content in read_in_order(batch, result):
        wait: timedelta | None = backoff(message.tries)
        log = partial(ports.log, correlation_id=message.id)
        if content.subject_key not in blocked:
            try:
                wait = _process(ports, content, Attempt(now, message.tries, result, log))
            except Exception as exc:  # noqa: BLE001 - one bad message must not fail the others
                result.failed(message, exc)
        if wait is not None:
            result.again[message.id] = wait
            blocked.add(content.subject_key)
    result.numbers["NoticesRetried"] = len(result.again)
    ports.count(result.numbers)
    return result


def _process(
    ports: NotificationPorts, content: Notice | DeferredMessage, attempt: Attempt
) -> timedelta | None:
    """Process one message; the answer is how long to wait before it is tried again."""
    if isinstance(content, Notice):
        return _deliver_notice(ports, content, attempt)
    if (now := attempt.now) < content.due:
        return min(content.due - now, LONGEST_HIDE)
    later = Attempt(attempt.clock, max(1, attempt.number - 1), attempt.result, attempt.log)
    if content.remind:
        return _send_reminder(ports, content.remind, later)
    return _send_digest(ports, content, later)


def _deliver_notice(ports: NotificationPorts, notice: Notice, attempt: Attempt) -> timedelta | None:
    """Tell everybody who has to hear of it, in its turn among those of the same resource."""
    subject, order = notice.subject_key, notice.sort_key
    if not ports.turns.take_turn(subject, order, attempt.now, attempt.now + _TURN):
        return backoff(attempt.number)
    recipients = _recipients(ports, notice)
    waits = [_deliver_to(ports, each, notice, attempt) for each in recipients]
    if attempt.number == 1 and (later := plan_reminder(notice, ports.policy, attempt.now)):
        ports.deferrals.defer(later)
    wait = max((w for w in waits if w is not None), default=None)
    if wait is None:
        ports.turns.take_turn(subject, order, attempt.now, attempt.now)  # it is over at once
    return wait


def _recipients(ports: NotificationPorts, notice: Notice) -> tuple[Recipient, ...]:
    ref = ResourceRef(notice.resource.kind, notice.resource.name)
    return recipients_of(notice, ports.policy, ports.senders, ports.creators.creator(ref))


def _deliver_to(
    ports: NotificationPorts, to: Recipient, notice: Notice, attempt: Attempt
) -> timedelta | None:
    """Tell one recipient, unless that is done, or is better done later with others."""
    row = Delivery(to=to.key, notice=notice.id, at=notice.time, status=DeliveryStatus.CLAIMED)
    stored = ports.deliveries.find(row)
    if stored and stored.status in (DeliveryStatus.SENT, DeliveryStatus.FAILED):
        return None
    if stored and stored.status is DeliveryStatus.WAITING and stored.until:
        if attempt.number > 1:  # an earlier invocation may have died before it asked for its digest
            ports.deferrals.defer(DeferredMessage(due=stored.until, to=to.key))
        return None
    rows = ports.deliveries.recent(to.key, notice.time - ports.policy.notify.digest_within)
    if until := held_until(notice, to, rows, ports.policy, attempt.now):
        ports.deliveries.mark(replace(row, status=DeliveryStatus.WAITING, until=until, body=notice))
        if all(other.until != until for other in rows):
            ports.deferrals.defer(DeferredMessage(due=until, to=to.key))
        attempt.note(DeliveryOutcome.HELD, (notice,), to, until=until.isoformat())
        return None
    if not ports.deliveries.claim(replace(row, until=attempt.now + CLAIM), attempt.now):
        return backoff(attempt.number)
    return send_in_order(ports, to, notice, row, attempt)


def _send_digest(
    ports: NotificationPorts, deferred: DeferredMessage, attempt: Attempt
) -> timedelta | None:
    """Say in one message all that waits for somebody until now."""
    key = str(deferred.to)
    waiting = ports.deliveries.waiting(key, deferred.due - LOOK_BACK)
    rows = [row for row in waiting if row.until and row.until <= deferred.due]
    if not (notices := tuple(row.body for row in rows if row.body)):
        return None
    to = recipient_by_key(key, ports.policy, ports.senders, notices[-1].stage)
    digest = Delivery(
        to=key,
        notice=f"digest {deferred.due.isoformat()}",
        at=deferred.due,
        status=DeliveryStatus.CLAIMED,
    )
    if (stored := ports.deliveries.find(digest)) and stored.status is DeliveryStatus.SENT:
        for row in rows:  # an invocation sent it and died before it wrote all rows
            ports.deliveries.mark(row.as_sent(stored.channel, stored.sent))
        return None
    if not ports.deliveries.claim(replace(digest, until=attempt.now + CLAIM), attempt.now):
        return backoff(attempt.number)
    return send(ports, to, notices, (digest, *rows), attempt)


def _send_reminder(ports: NotificationPorts, notice: Notice, attempt: Attempt) -> timedelta | None:
    """Remind of a warning, if it still stands as it was."""
    ref = ResourceRef(notice.resource.kind, notice.resource.name)
    if notice.deadline is None or not ports.warnings.is_still_due(ref, notice.deadline):
        return None
    again = replace(notice, id=f"{notice.id}{REMINDER}")
    recipients = _recipients(ports, again)
    waits = [_deliver_to(ports, each, again, attempt) for each in recipients]
    return max((w for w in waits if w is not None), default=None)
