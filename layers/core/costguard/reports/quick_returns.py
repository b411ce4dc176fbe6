"""Stops for idleness with a restart soon after: probably somebody was working."""

from collections.abc import Iterable
from datetime import timedelta

from costguard.costs.usage import Usage
from costguard.enforcement.audit import STOPPED, AuditEntry, usage_key

BACK_WITHIN = timedelta(minutes=10)
_RULE = "idle"


def quick_returns(
    entries: Iterable[AuditEntry], restarts: Iterable[Usage]
) -> tuple[AuditEntry, ...]:
    """List the stops for idleness after which the notebook was started again within minutes."""
    runs = [(usage_key(usage), usage.start) for usage in restarts]
    return tuple(
        entry
        for entry in entries
        if entry.what == STOPPED
        and _RULE in entry.rules
        and any(
            key == entry.key and timedelta(0) < start - entry.time <= BACK_WITHIN
            for key, start in runs
        )
    )
