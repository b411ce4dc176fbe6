"""The world of `notify` as functions, and the hand-over of one message to one recipient. Pure.

Channel after channel, until one accepts it; later, where waiting helps; else to the admins.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta

from costguard.common.decisions import DecisionLog
from costguard.common.sanitize import single_line
from costguard.enforcement.case import Case
from costguard.notifications.batch import BatchResult
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
from costguard.notifications.templates import RecipientContext, write_message
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.model import ResourceRef

CLAIM = timedelta(minutes=6)
"""Longer than the function may run: whoever claimed a message and died has lost it by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationPorts:
    """The world, as functions. `bootstrap/notifier.py` binds them; tests pass dictionaries."""

    policy: Policy
    senders: Mapping[
        Channel, Callable[[Message, Person], SendOutcome]
    ]  # the channels that are set up
    creator: Callable[[ResourceRef], str | None]  # who made it, where a CloudTrail call has told
    case: Callable[[ResourceRef], Case | None]
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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its moment, which one it is, the batch it belongs to, and its log."""

    now: datetime
    number: int
    round: BatchResult
    log: DecisionLog


def send(
    post: NotificationPorts,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    this: Attempt,
) -> timedelta | None:
    """Try one channel after the other; the ledger learns what came of it."""
    done, written = this.round, _written(post, to, notices, this.now)
    failures: Failures = []
    for channel in (c for c in to.channels if c not in done.down):
        outcome = post.senders[channel](written, to.person)
        if isinstance(outcome, Sent):
            done.numbers["NoticesDelivered"] += 1
            for row in rows:
                post.mark(with_status(row, DeliveryStatus.SENT, channel=channel.value))
            log_notices(this, notices, to, outcome="sent", channel=channel.value)
            return None
        failures.append((channel, outcome))
        _log_refusal(this, notices, to, failures[-1:])
        if isinstance(outcome, Busy) and this.number < MOST_ATTEMPTS:
            break  # a channel that only asks for time is given it
        if isinstance(outcome, Down):
            done.down.add(channel)
    if wait := _worth_waiting(to, failures, this):
        if rows[0].body is None:  # what waits for its digest goes on waiting
            post.mark(with_status(rows[0], DeliveryStatus.RETRY, why=describe_failures(failures)))
        log_notices(this, notices, to, outcome="retried")
        return wait
    return _give_up(post, to, notices, rows, failures, this)


def log_notices(
    this: Attempt, notices: Sequence[Notice], to: Recipient, *, outcome: str, **keys: str
) -> None:
    """Log what came of the delivery of each notice to one recipient."""
    for notice in notices:
        this.log("notice delivery", **notice.log_keys, recipient=to.label, outcome=outcome, **keys)


def _log_refusal(
    this: Attempt, notices: Sequence[Notice], to: Recipient, failure: Failures
) -> None:
    """Count and log that one channel did not take the message."""
    this.round.numbers["ChannelFailures"] += 1
    [(channel, _)] = failure
    why = describe_failures(failure)
    log_notices(this, notices, to, outcome="refused", channel=channel.value, why=why)


def _worth_waiting(to: Recipient, failures: Failures, this: Attempt) -> timedelta | None:
    """Answer how long to wait. The admins are never given up: in the end it is a dead letter."""
    asked = [what.after for _, what in failures if isinstance(what, Busy)]
    skipped = set(to.channels) & this.round.down
    hopeful = bool(asked or skipped) and this.number < MOST_ATTEMPTS
    return max((*asked, backoff(this.number))) if hopeful or to.is_admins else None


def _give_up(
    post: NotificationPorts,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    failures: Failures,
    this: Attempt,
) -> timedelta | None:
    """Tell the admins instead; a room that cannot be reached is only counted."""
    why, last = single_line(describe_failures(failures), 500), notices[-1]
    if not to.is_room:
        note = f"This was for {single_line(to.person.name)}, who could not be reached ({why})."
        instead = admin_recipient(
            post.policy, post.senders, last.stage, f"{note} {to.note}".strip()
        )
        row = replace(
            rows[0], to=instead.key, status=DeliveryStatus.CLAIMED, until=this.now + CLAIM
        )
        wait = _hand_instead(post, instead, notices, replace(row, body=None), this)
        if wait is not None:
            return wait
    failed = [with_status(row, DeliveryStatus.FAILED, why=why) for row in rows]
    for row in failed:
        post.mark(row)
    post.unreached(failed[0])
    log_notices(this, notices, to, outcome="unreachable", why=why)
    this.round.numbers["RecipientsUnreached"] += 1
    return None


def _hand_instead(
    post: NotificationPorts,
    instead: Recipient,
    notices: Sequence[Notice],
    row: Delivery,
    this: Attempt,
) -> timedelta | None:
    """Tell the admins; what another has in hand may still fail there, so it is not given up."""
    if post.claim(row, this.now):
        return send(post, instead, notices, (row,), this)
    there = post.find(row)
    return None if there and there.status is DeliveryStatus.SENT else backoff(this.number)


def _written(
    post: NotificationPorts, to: Recipient, notices: Sequence[Notice], now: datetime
) -> Message:
    last, policy = notices[-1], post.policy
    reader = RecipientContext(
        zone=zone_of(to, policy),
        contact=policy.contact,
        note=to.note,
        reminder=last.id.endswith("-reminder"),
    )
    if len(notices) > 1:
        return write_digest(notices, reader, now=now)
    return write_message(last, reader, policy.notify.words, now=now)


def with_status(
    row: Delivery, status: DeliveryStatus, *, channel: str | None = None, why: str | None = None
) -> Delivery:
    """Write the new status into a row; what it was waiting for is gone."""
    return replace(row, status=status, until=None, body=None, channel=channel, why=why)
