"""Rows of the audit that are written together, and none of which hinders another."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from costguard.app.ports import AuditTrail
from costguard.common.concurrency import together_or_alone
from costguard.enforcement.audit import AuditRecord
from costguard.notifications.notice import Notice
from costguard.resources.model import Resource, ResourceRef


def record_together(
    audit: AuditTrail, rows: Sequence[AuditRecord], now: datetime
) -> Mapping[ResourceRef, Exception]:
    """Write rows in few calls, or each alone where one cannot be; return the errors.

    A row that is written twice is the same row: its key has the moment and the action.
    """
    return together_or_alone(
        rows, lambda some: audit.record_each(some, now), lambda row: row.resource.ref
    )


def told_row(resource: Resource, notice: Notice) -> AuditRecord:
    """Record that a notice was published."""
    why = {"notice": notice.id, "rule": notice.rule, "deadline": notice.deadline}
    return AuditRecord(f"told-{notice.stage}", resource, why)
