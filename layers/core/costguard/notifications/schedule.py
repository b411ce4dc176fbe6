"""When to send: at once, after quiet hours, in a digest, or again after a failure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from costguard.common.calendar import Zone
from costguard.notifications.deadlines import accepted_deadline, planned_deadlines
from costguard.notifications.delivery import LOOK_BACK, Delivery, DeliveryStatus
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.recipients import Recipient
from costguard.notifications.settings import NotificationPolicy

MOST_ATTEMPTS = 9
"""Tries before a channel that is down is given up: about twenty minutes."""
LONGEST_HIDE = timedelta(hours=11, minutes=55)
"""SQS hides a message for twelve hours at most, counted from when it was received."""
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=15)


def backoff(tries: int) -> timedelta:
    """Return the delay after a number of attempts: 5 s, doubled each time, 15 min at most."""
    doubled: int = 2 ** min(tries - 1, 10)
    return min(_FIRST * doubled, _LONGEST)


def zone_of(recipient: Recipient, policy: NotificationPolicy) -> Zone:
    """Return the recipient's own time zone, or the policy's."""
    return recipient.person.timezone or policy.timezone


def held_until(
    notice: Notice,
    recipient: Recipient,
    rows: Sequence[Delivery],
    policy: NotificationPolicy,
    now: datetime,
) -> datetime | None:
    """Return until when it waits: for the end of quiet hours, or for a digest.

    `rows` are the recipient's recent deliveries. A late message does not wait.
    """
    until = quiet_until(notice, recipient, policy, now) or _digest_at(notice, rows, policy, now)
    return until if until and until - notice.time <= LOOK_BACK else None


def _digest_at(
    notice: Notice, rows: Sequence[Delivery], policy: NotificationPolicy, now: datetime
) -> datetime | None:
    """Return when a digest sends it; a warning never waits beyond its planned deadline."""
    digest = now + _longest_wait(notice, policy)
    held = [row.until for row in rows if row.status is DeliveryStatus.WAITING and row.until]
    soon = [until for until in held if now < until <= digest]
    sent = sum(row.status is DeliveryStatus.SENT for row in rows)
    due = min(soon, default=digest if sent >= policy.notify.digest_above else None)
    if due and any(deadline <= due for deadline, _ in planned_deadlines(notice)):
        return None
    return due


def _longest_wait(notice: Notice, policy: NotificationPolicy) -> timedelta:
    """Answer how long a digest may take; a reminder keeps most of the time that it is sent for."""
    within, remind = policy.notify.digest_within, policy.notify.remind
    return min(within, remind / 4) if notice.is_reminder and remind else within


def quiet_until(
    notice: Notice, recipient: Recipient, policy: NotificationPolicy, now: datetime
) -> datetime | None:
    """Return when quiet hours end for this notice; None where it is sent at once.

    A stop does not wait, nor does a warning whose whole grace would not fit between the morning and
    its deadline: no stop is delayed by a night.
    """
    hours = policy.notify.quiet
    end = hours.end_after(now, zone_of(recipient, policy)) if hours else None
    if end is None or notice.stage.is_never_quiet:
        return None
    ends = planned_deadlines(notice)
    urgent = any(
        deadline <= end or deadline < end + (grace or timedelta()) for deadline, grace in ends
    )
    return None if urgent else end


def plan_reminder(
    notice: Notice, to: str, policy: NotificationPolicy, accepted: datetime
) -> DeferredMessage | None:
    """Plan the reminder of a warning that a channel accepts now, if there is time for one."""
    before = policy.notify.remind
    if before is None or notice.is_reminder:
        return None
    ends = [accepted_deadline(*planned, accepted) for planned in planned_deadlines(notice)]
    due = min(ends, default=accepted) - before
    return DeferredMessage(due=due, to=to, remind=notice) if due > accepted else None
