"""The present state of a notice when it is sent: its deadlines, and open warnings."""

from copy import replace
from datetime import datetime

from costguard.notifications.deadlines import as_accepted
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import REMINDER, Notice
from costguard.notifications.ports import NotificationPorts
from costguard.resources.model import ResourceRef


def as_sent_now(ports: NotificationPorts, to: str, notice: Notice, now: datetime) -> Notice | None:
    """Update a notice to the present state; None for a reminder that no longer applies."""
    if notice.is_reminder:
        return as_reminded(ports, to, notice, now)
    return as_accepted(notice, now, ports.enforces)


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
    ref = ResourceRef(notice.resource.kind, notice.resource.name)
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
