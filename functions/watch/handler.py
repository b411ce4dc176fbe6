"""A SageMaker event: evaluate that one resource now."""

from datetime import UTC, datetime
from typing import Any

from costguard.adapters.logs import log_decision, logged
from costguard.adapters.metrics import alive
from costguard.app.watch import watch
from costguard.bootstrap.guard import watch_ports
from costguard.common.errors import EventInvalid


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Return the outcome of the event; an unreadable event becomes a dead letter."""
    guard = watch_ports()
    try:
        outcome = watch(guard, event, now=datetime.now(UTC))
    except EventInvalid:
        log_decision(f"event {event.get('id', 'unknown')} cannot be read", outcome="unreadable")
        guard.count({"EventsUnreadable": 1})
        raise
    guard.count({"EventsReceived": 1, "EventsIgnored": int(outcome.startswith("ignored"))})
    return {"outcome": outcome}
