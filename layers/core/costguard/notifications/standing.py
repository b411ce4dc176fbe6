"""The present state of a notice when it is sent: its deadlines, and open warnings."""

from copy import replace
from datetime import datetime

from costguard.notifications.deadlines import (
    StandingWarning,
    accepted_deadline,
    as_accepted,
)
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import REMINDER, Notice
from costguard.notifications.ports import NotificationPorts


def as_sent_now(ports: NotificationPorts, to: str, notice: Notice, now: datetime) -> Notice | None:
    """Update a notice to the present state; None for a reminder that no longer applies."""
    if notice.is_reminder:
        return as_reminded(ports, to, notice, now)
    told = as_accepted(notice, now, ports.enforces)
    return _as_superseded(ports, to, told) if told.deadline else told


def _as_superseded(ports: NotificationPorts, to: str, told: Notice) -> Notice:
    """Name the deadlines that hold, where the recipient has heard a later warning before this one.

    A warning may wait for hours; after a silence of the guard the next one comes before it.
    """
    later = ports.warnings.standing(told.resource.ref, to)
    findings = tuple(
        replace(each, deadline=_earlier(ports, to, told, each.deadline, later.get(each.rule)))
        for each in told.findings
    )
    if findings == told.findings:
        return told
    ends = [each.deadline for each in findings if each.deadline]
    return replace(told, findings=findings, deadline=min(ends, default=None))


def _earlier(
    ports: NotificationPorts,
    to: str,
    told: Notice,
    deadline: datetime | None,
    later: StandingWarning | None,
) -> datetime | None:
    """Answer the deadline of the later warning, where that was heard and comes first."""
    if deadline is None or later is None or later.notice == told.id:
        return deadline
    row = Delivery(to=to, notice=later.notice, at=later.at, status=DeliveryStatus.SENT)
    heard = ports.deliveries.find(row)
    if heard is None or heard.status is not DeliveryStatus.SENT:
        return deadline
    return min(deadline, accepted_deadline(later.deadline, later.grace, heard.sent or heard.at))


def as_told(ports: NotificationPorts, to: str, notice: Notice) -> Notice:
    """Give a notice the deadlines that a recipient has read in it."""
    row = Delivery(to=to, notice=notice.id, at=notice.time, status=DeliveryStatus.SENT)
    heard = ports.deliveries.find(row)
    accepted = heard.sent if heard and heard.sent else notice.time
    return as_accepted(notice, accepted, ports.enforces)


def as_reminded(ports: NotificationPorts, to: str, notice: Notice, now: datetime) -> Notice | None:
    """Keep the findings of a warning that still apply, with the recipient's deadlines.

    None if the recipient has not received it yet: sending it plans another reminder.
    """
    warned = replace(notice, id=notice.id.removesuffix(REMINDER))
    row = Delivery(to=to, notice=warned.id, at=notice.time, status=DeliveryStatus.SENT)
    heard = ports.deliveries.find(row)
    if heard is None or heard.status is not DeliveryStatus.SENT:
        return None
    told = as_accepted(warned, heard.sent or notice.time, ports.enforces)
    ref = notice.resource.ref
    findings = tuple(
        finding
        for finding, planned in zip(told.findings, notice.findings, strict=True)
        if finding.deadline
        and planned.deadline
        and finding.deadline > now
        and ports.warnings.is_still_due(ref, planned.deadline)
    )
    ends = [each.deadline for each in findings if each.deadline]
    rules = tuple(each.rule for each in findings)
    identity = f"{warned.id}{REMINDER}"
    standing = replace(told, id=identity, findings=findings, rules=rules)
    return replace(standing, deadline=min(ends)) if ends else None
