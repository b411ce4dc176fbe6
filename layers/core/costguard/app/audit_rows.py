"""Rows of the audit that are written together, and none of which hinders another."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from costguard.app.ports import AuditTrail
from costguard.common.concurrency import ErrorCollector
from costguard.enforcement.audit import AuditRecord
from costguard.notifications.notice import Notice
from costguard.resources.model import Resource, ResourceRef


def record_together(
    audit: AuditTrail, rows: Sequence[AuditRecord], now: datetime
) -> Mapping[ResourceRef, Exception]:
    """Write rows in few calls, or each alone where one cannot be; return the errors.

    A row that is written twice is the same row: its key has the moment and the action.
    """
    errors = ErrorCollector()
    with errors:
        audit.record_each(rows, now)
    if not errors.errors:
        return {}
    if len(rows) == 1:
        return {rows[0].resource.ref: errors.errors[0]}
    alone = (record_together(audit, [row], now) for row in rows)
    return {ref: error for failed in alone for ref, error in failed.items()}


def told_row(resource: Resource, notice: Notice) -> AuditRecord:
    """Record that a notice was published."""
    why = {"notice": notice.id, "rule": notice.rule, "deadline": notice.deadline}
    return AuditRecord(f"told-{notice.stage}", resource, why)
