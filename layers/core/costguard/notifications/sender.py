"""The hand-over of one message to one recipient.

Channel after channel, until one accepts it; later, where waiting helps; else to the admins.
"""

from collections.abc import Callable, Sequence
from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.common.decision_log import DecisionLog
from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.batch import BatchResult
from costguard.notifications.composer import RecipientContext, write_message
from costguard.notifications.delivery import (
    CLAIM,
    LOOK_BACK,
    Busy,
    Delivery,
    DeliveryOutcome,
    DeliveryStatus,
    Down,
    Failures,
    Sent,
    describe_failures,
)
from costguard.notifications.digest import write_digest
from costguard.notifications.message import Message
from costguard.notifications.notice import Notice
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient, admin_recipient
from costguard.notifications.schedule import MOST_ATTEMPTS, backoff, zone_of

_METRICS = {
    DeliveryOutcome.SENT: "NoticesDelivered",
    DeliveryOutcome.HELD: "NoticesHeld",
    DeliveryOutcome.REFUSED: "ChannelFailures",
    DeliveryOutcome.UNREACHABLE: "RecipientsUnreached",
}
"""What is counted of each outcome; what is retried is counted at the end of the batch."""


type Clock = Callable[[], datetime]


class Attempt(Struct, frozen=True):
    """One try: the wall clock, which try it is, the batch it belongs to, and its log."""

    clock: Clock
    number: int
    result: BatchResult
    log: DecisionLog

    @property
    def now(self) -> datetime:
        """Answer what time it is."""
        return self.clock()

    def note(
        self, outcome: DeliveryOutcome, notices: Sequence[Notice], to: Recipient, **keys: str
    ) -> None:
        """Count what came of one message to a recipient, and log it for each notice in it."""
        if metric := _METRICS.get(outcome):
            self.result.numbers[metric] += 1
        for notice in notices:
            bound = notice.log_keys
            self.log("notice delivery", **bound, recipient=to.label, outcome=outcome, **keys)


def send_in_order(
    ports: NotificationPorts, to: Recipient, notice: Notice, row: Delivery, attempt: Attempt
) -> timedelta | None:
    """Send a notice, and before it what waits of the same resource: order is kept."""
    for held, earlier in _held_before(ports, to, notice):
        if wait := send(ports, to, (earlier,), (held,), attempt):
            ports.deliveries.mark(row.with_status(DeliveryStatus.RETRY))
            return wait
    return send(ports, to, (notice,), (row,), attempt)


def _held_before(
    ports: NotificationPorts, to: Recipient, notice: Notice
) -> list[tuple[Delivery, Notice]]:
    """Find what waits for a digest or for morning, of a resource that cannot wait any more."""
    waiting = ports.deliveries.waiting(to.key, notice.time - LOOK_BACK)
    held = [(row, row.body) for row in waiting if row.body]
    return [(row, body) for row, body in held if body.subject_key == notice.subject_key]


def send(
    ports: NotificationPorts,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    attempt: Attempt,
) -> timedelta | None:
    """Try one channel after the other; the ledger learns what came of it."""
    message = _write(ports, to, notices, attempt.now)
    failures: Failures = []
    for channel in (c for c in to.channels if c not in attempt.result.down):
        outcome = ports.senders[channel].send(message, to.person)
        if isinstance(outcome, Sent):
            attempt.note(DeliveryOutcome.SENT, notices, to, channel=channel.value)
            for row in rows:
                ports.deliveries.mark(row.as_sent(channel.value, attempt.clock()))
            return None
        failures.append((channel, outcome))
        why = describe_failures(failures[-1:])
        attempt.note(DeliveryOutcome.REFUSED, notices, to, channel=channel.value, why=why)
        if isinstance(outcome, Busy) and attempt.number < MOST_ATTEMPTS:
            break  # a channel that only asks for time is given it
        if isinstance(outcome, Down):
            attempt.result.down.add(channel)
    if wait := _worth_waiting(to, failures, attempt):
        _mark_retry(ports, rows[0], failures)
        attempt.note(DeliveryOutcome.RETRIED, notices, to)
        return wait
    return _give_up(ports, to, notices, rows, failures, attempt)


def _mark_retry(ports: NotificationPorts, row: Delivery, failures: Failures) -> None:
    """Free a claim for the next try; what waits for its digest goes on waiting."""
    if row.body is None:
        why = describe_failures(failures)
        ports.deliveries.mark(row.with_status(DeliveryStatus.RETRY, why=why))


def _worth_waiting(to: Recipient, failures: Failures, attempt: Attempt) -> timedelta | None:
    """Answer how long to wait. The admins are never given up: in the end it is a dead letter."""
    asked = [what.after for _, what in failures if isinstance(what, Busy)]
    skipped = set(to.channels) & attempt.result.down
    hopeful = bool(asked or skipped) and attempt.number < MOST_ATTEMPTS
    return max((*asked, backoff(attempt.number))) if hopeful or to.is_admins else None


def _give_up(
    ports: NotificationPorts,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    failures: Failures,
    attempt: Attempt,
) -> timedelta | None:
    """Tell the admins instead; a room that cannot be reached is only counted."""
    why, last = single_line(describe_failures(failures), 500), notices[-1]
    if not to.is_room:
        note = templates.UNREACHED.format(single_line(to.person.name), why)
        instead = admin_recipient(
            ports.policy, ports.senders, last.stage, f"{note} {to.note}".strip()
        )
        row = replace(
            rows[0], to=instead.key, status=DeliveryStatus.CLAIMED, until=attempt.now + CLAIM
        )
        wait = _hand_instead(ports, instead, notices, replace(row, body=None), attempt)
        if wait is not None:
            return wait
    failed = [row.with_status(DeliveryStatus.FAILED, why=why) for row in rows]
    for row in failed:
        ports.deliveries.mark(row)
    ports.deliveries.unreached(failed[0])
    attempt.note(DeliveryOutcome.UNREACHABLE, notices, to, why=why)
    return None


def _hand_instead(
    ports: NotificationPorts,
    instead: Recipient,
    notices: Sequence[Notice],
    row: Delivery,
    attempt: Attempt,
) -> timedelta | None:
    """Tell the admins; what another has in hand may still fail there, so it is not given up."""
    if ports.deliveries.claim(row, attempt.now):
        return send(ports, instead, notices, (row,), attempt)
    stored = ports.deliveries.find(row)
    return None if stored and stored.status is DeliveryStatus.SENT else backoff(attempt.number)


def _write(
    ports: NotificationPorts, to: Recipient, notices: Sequence[Notice], now: datetime
) -> Message:
    last, policy = notices[-1], ports.policy
    reader = RecipientContext(
        zone=zone_of(to, policy),
        contact=policy.directory.contact,
        is_contact=to.is_admins,
        note=to.note,
        reminder=last.is_reminder,
    )
    if len(notices) == 1:
        return write_message(last, reader, policy.notify.words, now=now)
    return write_digest(notices, reader, now=now)
