"""A SageMaker event: look at that one resource now."""

import logging
from typing import Any

from costguard.adapters.metrics import alive
from costguard.app.watch import watch
from costguard.bootstrap.guard import guard_ports
from costguard.common.errors import EventInvalid

logger = logging.getLogger("costguard")
logger.setLevel(logging.INFO)


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Answer in a word what came of the event; what cannot be read goes to the dead letters."""
    guard, event_id = guard_ports(), event.get("id", "unknown")
    try:
        outcome = watch(guard, event)
    except EventInvalid:
        logger.exception("event %s cannot be read", event_id)
        guard.count({"EventsUnreadable": 1})
        raise
    guard.count({"Events": 1, "EventsIgnored": int(outcome.startswith("ignored"))})
    logger.info("event %s (%s): %s", event_id, event.get("detail-type"), outcome)
    return {"outcome": outcome}
