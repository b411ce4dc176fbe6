"""When to speak: at once, after quiet hours, in a digest, or once more after a failure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from costguard.common.calendar import Zone
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.recipients import Recipient
from costguard.notifications.settings import NotificationPolicy

MOST_ATTEMPTS = 9
"""Tries before a channel that is down is given up: about twenty minutes."""
LONGEST_HIDE = timedelta(hours=11, minutes=55)
"""SQS hides a message for twelve hours at most, counted from when it was received."""
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=15)


def backoff(tries: int) -> timedelta:
    """Answer how long to wait after so many tries: 5 s, doubled each time, 15 min at most."""
    doubled: int = 2 ** min(tries - 1, 10)
    return min(_FIRST * doubled, _LONGEST)


def zone_of(recipient: Recipient, policy: NotificationPolicy) -> Zone:
    """Answer the recipient's own time zone, or the policy's."""
    return recipient.person.timezone or policy.timezone


def held_until(
    notice: Notice,
    recipient: Recipient,
    rows: Sequence[Delivery],
    policy: NotificationPolicy,
    now: datetime,
) -> datetime | None:
    """Answer until when it waits: for the end of quiet hours, or because there is too much.

    `rows` are the recipient's deliveries of late.
    """
    if quiet := quiet_until(notice, recipient, policy, now):
        return quiet
    digest = now + policy.notify.digest_within
    held = [row.until for row in rows if row.status is DeliveryStatus.WAITING and row.until]
    if soon := [until for until in held if now < until <= digest]:
        return min(soon)
    sent = sum(row.status is DeliveryStatus.SENT for row in rows)
    return digest if sent >= policy.notify.digest_above else None


def quiet_until(
    notice: Notice, recipient: Recipient, policy: NotificationPolicy, now: datetime
) -> datetime | None:
    """Answer when quiet hours end for this notice; None where it is said at once.

    A stop is never quiet, nor a warning whose deadline comes before the morning.
    """
    hours = policy.notify.quiet
    end = hours.end_after(now, zone_of(recipient, policy)) if hours else None
    if end is None or notice.stage.is_never_quiet:
        return None
    urgent = notice.deadline is not None and notice.deadline <= end
    return None if urgent else end


def plan_reminder(
    notice: Notice, policy: NotificationPolicy, now: datetime
) -> DeferredMessage | None:
    """Plan the reminder of a warning, where the policy wants one and there is time for it."""
    before = policy.notify.remind
    if before is None or notice.stops_at is None:
        return None
    due = notice.stops_at - before
    return DeferredMessage(due=due, remind=notice) if due > now else None
