"""The job of `notify`: a batch of messages, delivered in the order of their notices. Pure.

Sent means that a channel accepted it. What cannot be sent now goes back to the queue, and all
later messages of the same resource with it; what cannot be sent at all goes to the admins.
"""

from collections.abc import Iterable, Sequence
from copy import replace
from datetime import datetime, timedelta
from functools import partial

from costguard.enforcement.case import FindingState
from costguard.notifications.batch import BatchResult, QueueMessage, read_in_order
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import DeferredMessage, Notice, sort_key, subject_key
from costguard.notifications.recipients import Recipient, recipient_by_key, recipients_of
from costguard.notifications.schedule import (
    attempt_time,
    backoff,
    deferred_attempt_time,
    plan_reminder,
    quiet_until,
)
from costguard.notifications.schema import LONGEST_HIDE, decode_notice
from costguard.notifications.sender import (
    CLAIM,
    Attempt,
    NotificationPorts,
    log_notices,
    send,
    with_status,
)
from costguard.resources.model import ResourceRef

_TURN = timedelta(minutes=20)
_LOOK_BACK = timedelta(days=2)


def deliver(post: NotificationPorts, batch: Iterable[QueueMessage]) -> BatchResult:
    """Deliver a batch in the order of its notices; one bad message fails no other."""
    done, stuck = BatchResult(), set[str]()
    for message, said in read_in_order(batch, done):
        if subject_key(said) in stuck:
            done.again[message.id] = backoff(message.tries)
            continue
        try:
            wait = _say(post, said, message, done)
        except Exception as exc:  # noqa: BLE001 - one bad message must not fail the others
            done.failed(message, exc)
            wait = backoff(message.tries)
        if wait is not None:
            done.again[message.id] = wait
            stuck.add(subject_key(said))
    done.numbers["NoticesRetried"] = len(done.again)
    post.count(done.numbers)
    return done


def _say(
    post: NotificationPorts,
    said: Notice | DeferredMessage,
    message: QueueMessage,
    done: BatchResult,
) -> timedelta | None:
    """Say one thing; the answer is how long to wait before it is tried again."""
    log = partial(post.log, correlation_id=message.id)
    if isinstance(said, Notice):
        now = attempt_time(message.sent, message.tries)
        return _notice(post, said, Attempt(now, message.tries, done, log))
    now = deferred_attempt_time(said, message.sent, message.tries)
    if now < said.due:
        return min(said.due - now, LONGEST_HIDE)
    this = Attempt(now, max(1, message.tries - 1), done, log)
    return _remind(post, said.remind, this) if said.remind else _flush(post, said, this)


def _notice(post: NotificationPorts, notice: Notice, this: Attempt) -> timedelta | None:
    """Tell everybody who has to hear of it, in its turn among those of the same resource."""
    thing, order = subject_key(notice), sort_key(notice)
    if not post.take_turn(thing, order, this.now, this.now + _TURN):
        return backoff(this.number)
    waits = [_to(post, each, notice, this) for each in _recipients(post, notice)]
    if this.number == 1 and (later := plan_reminder(notice, post.policy, this.now)):
        post.defer(later)
    wait = max((w for w in waits if w is not None), default=None)
    if wait is None:
        post.take_turn(thing, order, this.now, this.now)  # it is over at once
    return wait


def _recipients(post: NotificationPorts, notice: Notice) -> tuple[Recipient, ...]:
    ref = ResourceRef(str(notice.resource["kind"]), str(notice.resource["name"]))
    return recipients_of(notice, post.policy, post.senders, post.creator(ref))


def _to(post: NotificationPorts, to: Recipient, notice: Notice, this: Attempt) -> timedelta | None:
    """Tell one recipient, unless that is done, or is better done later with others."""
    at = datetime.fromisoformat(notice.time)
    row = Delivery(to=to.key, notice=notice.id, at=at, status=DeliveryStatus.CLAIMED)
    there = post.find(row)
    if there and there.status in (DeliveryStatus.SENT, DeliveryStatus.FAILED):
        return None
    if there and there.status is DeliveryStatus.WAITING and there.until:
        if this.number > 1:  # whoever held it may have died before asking for its digest
            post.defer(DeferredMessage(due=there.until, to=to.key))
        return None
    rows = post.recent(to.key, at - post.policy.notify.digest_within)
    if until := _hold(post, to, notice, rows, this.now):
        body = notice.as_dict()
        post.mark(replace(row, status=DeliveryStatus.WAITING, until=until, body=body))
        if all(other.until != until for other in rows):
            post.defer(DeferredMessage(due=until, to=to.key))
        this.round.numbers["NoticesHeld"] += 1
        log_notices(this, (notice,), to, outcome="held", until=until.isoformat())
        return None
    if not post.claim(replace(row, until=this.now + CLAIM), this.now):
        return backoff(this.number)
    for held in _held_of(post, to, notice):  # order is kept: first what waited
        if wait := send(post, to, (decode_notice(held.body or {}),), (held,), this):
            post.mark(with_status(row, DeliveryStatus.RETRY))
            return wait
    return send(post, to, (notice,), (row,), this)


def _held_of(post: NotificationPorts, to: Recipient, notice: Notice) -> list[Delivery]:
    """Find what waits for a digest or for morning, of a resource that cannot wait any more."""
    waiting = post.waiting(to.key, datetime.fromisoformat(notice.time) - _LOOK_BACK)
    return [
        row for row in waiting if subject_key(decode_notice(row.body or {})) == subject_key(notice)
    ]


def _hold(
    post: NotificationPorts, to: Recipient, notice: Notice, rows: Sequence[Delivery], now: datetime
) -> datetime | None:
    """Answer until when it waits: for the end of quiet hours, or because there is too much."""
    if quiet := quiet_until(notice, to, post.policy, now):
        return quiet
    speech = post.policy.notify
    waiting = [
        r.until for r in rows if r.status is DeliveryStatus.WAITING and r.until and r.until > now
    ]
    soon = [until for until in waiting if until <= now + speech.digest_within]
    if soon:
        return min(soon)
    sent = sum(row.status is DeliveryStatus.SENT for row in rows)
    return now + speech.digest_within if sent >= speech.digest_above else None


def _flush(post: NotificationPorts, said: DeferredMessage, this: Attempt) -> timedelta | None:
    """Say in one message all that waits for somebody until now."""
    key = str(said.to)
    waiting = post.waiting(key, said.due - _LOOK_BACK)
    rows = [row for row in waiting if row.until and row.until <= said.due]
    if not rows:
        return None
    notices = tuple(decode_notice(row.body or {}) for row in rows)
    to = recipient_by_key(key, post.policy, post.senders, notices[-1].stage)
    whole = Delivery(
        to=key, notice=f"digest {said.due.isoformat()}", at=said.due, status=DeliveryStatus.CLAIMED
    )
    if (there := post.find(whole)) and there.status is DeliveryStatus.SENT:
        for row in rows:  # whoever sent it died before writing all of this down
            post.mark(with_status(row, DeliveryStatus.SENT, channel=there.channel))
        return None
    if not post.claim(replace(whole, until=this.now + CLAIM), this.now):
        return backoff(this.number)
    return send(post, to, notices, (whole, *rows), this)


def _remind(post: NotificationPorts, notice: Notice, this: Attempt) -> timedelta | None:
    """Remind of a warning, if it still stands as it was."""
    ref = ResourceRef(str(notice.resource["kind"]), str(notice.resource["name"]))
    case, deadline = post.case(ref), datetime.fromisoformat(str(notice.deadline))
    marks = case.findings.values() if case else ()
    if not any(m.state is FindingState.WARNED and m.deadline == deadline for m in marks):
        return None
    again = replace(notice, id=f"{notice.id}-reminder")
    waits = [_to(post, each, again, this) for each in _recipients(post, again)]
    return max((w for w in waits if w is not None), default=None)
