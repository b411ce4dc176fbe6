"""The world of `notify` as functions, and the hand-over of one message to one recipient.

Channel after channel, until one accepts it; later, where waiting helps; else to the admins.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.common.decisions import DecisionLog
from costguard.common.sanitize import single_line
from costguard.notifications.batch import BatchResult
from costguard.notifications.composer import RecipientContext, write_message
from costguard.notifications.delivery import (
    Busy,
    Delivery,
    DeliveryStatus,
    Down,
    Failures,
    SendOutcome,
    Sent,
    describe_failures,
)
from costguard.notifications.digest import write_digest
from costguard.notifications.message import Message
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.recipients import Recipient, admin_recipient
from costguard.notifications.schedule import MOST_ATTEMPTS, backoff, zone_of
from costguard.notifications.settings import NotificationPolicy
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.resources.model import ResourceRef

CLAIM = timedelta(minutes=6)
"""Longer than the function may run: whoever claimed a message and died has lost it by then."""


class NotificationPorts(Struct, frozen=True, kw_only=True):
    """The world, as functions. `bootstrap/notifier.py` binds them; tests pass dictionaries."""

    policy: NotificationPolicy
    senders: Mapping[
        Channel, Callable[[Message, Person], SendOutcome]
    ]  # the channels that are set up
    creator: Callable[[ResourceRef], str | None]  # who made it, where a CloudTrail call has told
    is_still_due: Callable[[ResourceRef, datetime], bool]  # its warning of that deadline stands
    find: Callable[[Delivery], Delivery | None]  # the same delivery, as it is now
    recent: Callable[[str, datetime], Sequence[Delivery]]  # the newest to a recipient, since
    waiting: Callable[[str, datetime], Sequence[Delivery]]  # all that waits, with its notices
    claim: Callable[[Delivery, datetime], bool]  # False where it is sent, or somebody sends it
    mark: Callable[[Delivery], None]
    unreached: Callable[[Delivery], None]
    take_turn: Callable[[str, str, datetime, datetime], bool]  # thing, order, now, until
    defer: Callable[[DeferredMessage], None]
    count: Callable[[Mapping[str, int]], None]
    log: DecisionLog


class Attempt(Struct, frozen=True):
    """One try: its moment, which one it is, the batch it belongs to, and its log."""

    now: datetime
    number: int
    result: BatchResult
    log: DecisionLog


def send(
    ports: NotificationPorts,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    attempt: Attempt,
) -> timedelta | None:
    """Try one channel after the other; the ledger learns what came of it."""
    result, message = attempt.result, _write(ports, to, notices, attempt.now)
    failures: Failures = []
    for channel in (c for c in to.channels if c not in result.down):
        outcome = ports.senders[channel](message, to.person)
        if isinstance(outcome, Sent):
            result.numbers["NoticesDelivered"] += 1
            for row in rows:
                ports.mark(with_status(row, DeliveryStatus.SENT, channel=channel.value))
            log_notices(attempt, notices, to, outcome="sent", channel=channel.value)
            return None
        failures.append((channel, outcome))
        _log_refusal(attempt, notices, to, failures[-1:])
        if isinstance(outcome, Busy) and attempt.number < MOST_ATTEMPTS:
            break  # a channel that only asks for time is given it
        if isinstance(outcome, Down):
            result.down.add(channel)
    if wait := _worth_waiting(to, failures, attempt):
        if rows[0].body is None:  # what waits for its digest goes on waiting
            ports.mark(with_status(rows[0], DeliveryStatus.RETRY, why=describe_failures(failures)))
        log_notices(attempt, notices, to, outcome="retried")
        return wait
    return _give_up(ports, to, notices, rows, failures, attempt)


def log_notices(
    attempt: Attempt, notices: Sequence[Notice], to: Recipient, *, outcome: str, **keys: str
) -> None:
    """Log what came of the delivery of each notice to one recipient."""
    for notice in notices:
        keys_of = notice.log_keys
        attempt.log("notice delivery", **keys_of, recipient=to.label, outcome=outcome, **keys)


def _log_refusal(
    attempt: Attempt, notices: Sequence[Notice], to: Recipient, failure: Failures
) -> None:
    """Count and log that one channel did not take the message."""
    attempt.result.numbers["ChannelFailures"] += 1
    [(channel, _)] = failure
    why = describe_failures(failure)
    log_notices(attempt, notices, to, outcome="refused", channel=channel.value, why=why)


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
        note = f"This was for {single_line(to.person.name)}, who could not be reached ({why})."
        instead = admin_recipient(
            ports.policy, ports.senders, last.stage, f"{note} {to.note}".strip()
        )
        row = replace(
            rows[0], to=instead.key, status=DeliveryStatus.CLAIMED, until=attempt.now + CLAIM
        )
        wait = _hand_instead(ports, instead, notices, replace(row, body=None), attempt)
        if wait is not None:
            return wait
    failed = [with_status(row, DeliveryStatus.FAILED, why=why) for row in rows]
    for row in failed:
        ports.mark(row)
    ports.unreached(failed[0])
    log_notices(attempt, notices, to, outcome="unreachable", why=why)
    attempt.result.numbers["RecipientsUnreached"] += 1
    return None


def _hand_instead(
    ports: NotificationPorts,
    instead: Recipient,
    notices: Sequence[Notice],
    row: Delivery,
    attempt: Attempt,
) -> timedelta | None:
    """Tell the admins; what another has in hand may still fail there, so it is not given up."""
    if ports.claim(row, attempt.now):
        return send(ports, instead, notices, (row,), attempt)
    stored = ports.find(row)
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
    if len(notices) > 1:
        return write_digest(notices, reader, now=now)
    return write_message(last, reader, policy.notify.words, now=now)


def with_status(
    row: Delivery, status: DeliveryStatus, *, channel: str | None = None, why: str | None = None
) -> Delivery:
    """Write the new status into a row; what it was waiting for is gone."""
    return replace(row, status=status, until=None, body=None, channel=channel, why=why)
