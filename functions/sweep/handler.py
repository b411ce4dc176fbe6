"""The clock: look at everything."""

import logging
from typing import Any

from costguard.adapters.metrics import alive
from costguard.app.sweep import sweep
from costguard.bootstrap.guard import guard_ports
from costguard.common.datetimes import parse_time

logger = logging.getLogger("costguard")
logger.setLevel(logging.INFO)


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Take the time from the event, so a replay gives the same answer."""
    numbers = sweep(guard_ports(), now=parse_time(event.get("time")))
    logger.info("swept: %s", numbers)
    return dict(numbers)
