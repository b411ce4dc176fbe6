"""Send one message to one recipient.

The channels are tried in order until one accepts it; then later, if waiting helps; then the admins.
"""

from collections.abc import Sequence
from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.answer_lines import answer_links, with_answer_lines, with_answer_links
from costguard.notifications.attempt import Attempt
from costguard.notifications.buttons import with_buttons
from costguard.notifications.composer import RecipientContext, write_message
from costguard.notifications.delivery import (
    CLAIM,
    Busy,
    Delivery,
    DeliveryOutcome,
    DeliveryStatus,
    Down,
    Failures,
    Sent,
    describe_failures,
    handed_to,
)
from costguard.notifications.digest import write_digest
from costguard.notifications.message import Message
from costguard.notifications.notice import Notice
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient, admin_recipient
from costguard.notifications.schedule import MOST_ATTEMPTS, backoff, plan_reminder, zone_of
from costguard.notifications.standing import as_sent_now
from costguard.notifications.taken import mark_taken

_OVER = "what it reminds of is over"


class Outgoing(Struct, frozen=True):
    """Notices for one recipient: as decided, as they apply now, and their rows."""

    to: Recipient
    notices: tuple[Notice, ...]
    told: tuple[Notice, ...]
    rows: tuple[Delivery, ...]


def send(
    ports: NotificationPorts,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    attempt: Attempt,
) -> timedelta | None:
    """Send what still applies, and store the result in the ledger."""
    now = attempt.now
    told = tuple(filter(None, (as_sent_now(ports, to.key, each, now) for each in notices)))
    if not told:
        for row in rows:
            ports.deliveries.mark(row.with_status(DeliveryStatus.FAILED, why=_OVER))
        return None
    return _try_channels(ports, Outgoing(to, tuple(notices), told, tuple(rows)), attempt)


def _try_channels(
    ports: NotificationPorts, outgoing: Outgoing, attempt: Attempt
) -> timedelta | None:
    """Try the channels in order. Reminders are planned before the message is sent."""
    to, told, rows = outgoing.to, outgoing.told, outgoing.rows
    _plan_reminders(ports, outgoing, attempt.now)
    message = write_to(ports, to, told, attempt.now)
    failures: Failures = []
    for channel in (c for c in to.channels if c not in attempt.result.down):
        outcome = ports.senders[channel].send(message, to.person)
        if isinstance(outcome, Sent):
            mark_taken(ports, rows, channel, attempt.now)
            attempt.note(DeliveryOutcome.SENT, told, to, channel=channel.value)
            return None
        failures.append((channel, outcome))
        why = describe_failures(failures[-1:])
        attempt.note(DeliveryOutcome.REFUSED, told, to, channel=channel.value, why=why)
        if isinstance(outcome, Busy) and attempt.number < MOST_ATTEMPTS:
            break  # wait if the channel only asks for time
        if isinstance(outcome, Down):
            attempt.result.down.add(channel)
    if wait := _worth_waiting(to, failures, attempt):
        _mark_retry(ports, rows[0], failures)
        attempt.note(DeliveryOutcome.RETRIED, told, to)
        return wait
    return _give_up(ports, outgoing, failures, attempt)


def _plan_reminders(ports: NotificationPorts, outgoing: Outgoing, now: datetime) -> None:
    """Plan the reminder of each warning; it has one row, so planning twice sends it once."""
    for notice in outgoing.notices:
        if later := plan_reminder(notice, outgoing.to.key, ports.policy, now):
            ports.deferrals.defer(later, now)


def _mark_retry(ports: NotificationPorts, row: Delivery, failures: Failures) -> None:
    """Release a claim for the next attempt; messages for a digest go on waiting."""
    if row.body is None:
        why = describe_failures(failures)
        ports.deliveries.mark(row.with_status(DeliveryStatus.RETRY, why=why))


def _worth_waiting(to: Recipient, failures: Failures, attempt: Attempt) -> timedelta | None:
    """Return how long to wait; a message to the admins ends as a dead letter at worst."""
    asked = [what.after for _, what in failures if isinstance(what, Busy)]
    skipped = set(to.channels) & attempt.result.down
    hopeful = bool(asked or skipped) and attempt.number < MOST_ATTEMPTS
    return max((*asked, backoff(attempt.number))) if hopeful or to.is_admins else None


def _give_up(
    ports: NotificationPorts, outgoing: Outgoing, failures: Failures, attempt: Attempt
) -> timedelta | None:
    """Notify the admins instead; a room that cannot be reached is only counted."""
    to, rows = outgoing.to, outgoing.rows
    why = single_line(describe_failures(failures), 500)
    if not to.is_room:
        wait = _hand_instead(ports, outgoing, why, attempt)
        if wait is not None:
            _mark_retry(ports, rows[0], failures)
            return wait
    failed = [row.with_status(DeliveryStatus.FAILED, why=why) for row in rows]
    ports.deliveries.unreached(failed[0])  # before the rows: a failed row is not tried again
    for row in failed:
        ports.deliveries.mark(row)
    attempt.note(DeliveryOutcome.UNREACHABLE, outgoing.told, to, why=why)
    return None


def _hand_instead(
    ports: NotificationPorts, outgoing: Outgoing, why: str, attempt: Attempt
) -> timedelta | None:
    """Send the same to the admins; a message that another function claimed may still fail there.

    They get rows of their own, one for each notice.
    """
    person, last = single_line(outgoing.to.person.name), outgoing.told[-1]
    note = f"{templates.UNREACHED.format(person, why)} {outgoing.to.note}".strip()
    instead = admin_recipient(ports.policy, ports.senders, last.stage, note)
    until = attempt.now + CLAIM
    first, *others = (
        replace(handed_to(row, instead.key), status=DeliveryStatus.CLAIMED, until=until, body=None)
        for row in outgoing.rows
    )
    if ports.deliveries.claim(first, attempt.now):
        given = replace(outgoing, to=instead, rows=(first, *others))
        return _try_channels(ports, given, attempt)
    stored = ports.deliveries.find(first)
    return None if stored and stored.status is DeliveryStatus.SENT else backoff(attempt.number)


def write_to(
    ports: NotificationPorts, to: Recipient, notices: Sequence[Notice], now: datetime
) -> Message:
    """Write the message that a recipient gets: of one notice, or of several."""
    last, policy = notices[-1], ports.policy
    reader = RecipientContext(
        zone=zone_of(to, policy),
        contact=policy.directory.contact,
        is_contact=to.is_admins,
        note=to.note,
        reminder=last.is_reminder,
    )
    links = answer_links(ports, to, notices, now)
    if len(notices) == 1:
        message = write_message(last, reader, policy.notify.words, now=now)
        message = with_answer_lines(message, last, links) if ports.takes_answers else message
        return with_buttons(message, last, to.key, reader.zone)
    return with_answer_links(write_digest(notices, reader, now=now), links)
