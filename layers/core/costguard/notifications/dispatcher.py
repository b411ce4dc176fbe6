"""Deliver a batch of messages in the order of their notices: the task of `notify`.

Sent means that a channel accepted it. A message that cannot be sent now goes back to the queue with
all later messages about the same resource; one that cannot be sent at all goes to the admins.
"""

from collections.abc import Iterable
from copy import replace
from datetime import timedelta
from functools import partial

from costguard.notifications import templates
from costguard.notifications.attempt import Attempt, Clock
from costguard.notifications.authenticity import authentic
from costguard.notifications.batch import BatchResult, QueueMessage, read_in_order
from costguard.notifications.deferred import send_digest, send_reminder
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.hand_over import deliver_to, routed
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.own_page_link import send_own_page
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.pressed import reply_to_press
from costguard.notifications.recipients import Recipient
from costguard.notifications.schedule import LONGEST_HIDE, backoff
from costguard.notifications.taken import write_taken

_TURN = timedelta(minutes=20)
_HIDDEN_TIMES = 5  # the queue gives a message up after fifteen attempts or 14 days


def deliver(ports: NotificationPorts, batch: Iterable[QueueMessage], *, now: Clock) -> BatchResult:
    """Deliver a batch in the order of its notices; one bad message fails no other.

    `now` returns the wall clock's time: a batch takes minutes if a channel is slow.
    """
    result, blocked = BatchResult(), set[str]()
    for message, content in read_in_order(batch, result):
        wait: timedelta | None = backoff(message.tries)
        log = partial(ports.log, correlation_id=message.id)
        if content.subject_key not in blocked:
            try:
                if (ours := authentic(ports.known, content, message.sent, now())) is None:
                    result.is_not_ours(message)
                    log("notice refused", outcome="not-ours", resource=content.subject_key)
                    continue  # our own messages do not wait for it
                wait = _process(ports, ours, Attempt(now, message.tries, result, log))
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
    """Process one message; return how long to wait before the next attempt."""
    if isinstance(content, Notice):
        return _deliver_notice(ports, content, attempt)
    if (now := attempt.now) < content.due:
        return _hide(ports, content, content.due - now, attempt)
    later = replace(attempt, number=max(1, attempt.number - 1))
    if content.taken:
        write_taken(ports, content.taken)
        return None
    return _process_asked(ports, content, later)


def _process_asked(
    ports: NotificationPorts, content: DeferredMessage, attempt: Attempt
) -> timedelta | None:
    """Send what one of our functions asked for."""
    if content.page:
        return send_own_page(ports, content, attempt)
    if content.press:
        return reply_to_press(ports, content.press, attempt)
    if content.remind:
        return send_reminder(ports, content, content.remind, attempt)
    return send_digest(ports, content, attempt)


def _hide(
    ports: NotificationPorts, content: DeferredMessage, left: timedelta, attempt: Attempt
) -> timedelta | None:
    """Hide it for as long as SQS can; enqueue a copy before the queue gives it up."""
    if attempt.number < _HIDDEN_TIMES:
        return min(left, LONGEST_HIDE)
    ports.deferrals.defer(content, attempt.now)
    return None


def _deliver_notice(ports: NotificationPorts, notice: Notice, attempt: Attempt) -> timedelta | None:
    """Notify every recipient, in the order of the notices about the same resource."""
    subject, order = notice.subject_key, notice.sort_key
    if not ports.turns.take_turn(subject, order, attempt.now, attempt.now + _TURN):
        return backoff(attempt.number)
    told = routed(ports, notice)
    waits = [deliver_to(ports, each, notice, attempt) for each in told]
    _give_up_others(ports, notice, told)
    wait = max((w for w in waits if w is not None), default=None)
    if wait is None:
        ports.turns.take_turn(subject, order, attempt.now, attempt.now)  # the time is over at once
    return wait


def _give_up_others(ports: NotificationPorts, notice: Notice, told: Iterable[Recipient]) -> None:
    """Mark former recipients, so that the guard warns them again if they become recipients."""
    for key in set(notice.addressees) - {each.key for each in told}:
        row = Delivery(to=key, notice=notice.id, at=notice.time, status=DeliveryStatus.FAILED)
        if ports.deliveries.find(row) is None:
            ports.deliveries.mark(replace(row, why=templates.NO_RECIPIENT))
