"""The clock: look at everything."""

import logging
from typing import Any

from costguard.adapters.metrics import alive
from costguard.app.sweep import sweep
from costguard.bootstrap.guard import ports
from costguard.common.datetimes import moment

logger = logging.getLogger("costguard")
logger.setLevel(logging.INFO)


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Take the time from the event, so a replay gives the same answer."""
    numbers = sweep(ports(), now=moment(event.get("time")))
    logger.info("swept: %s", numbers)
    return dict(numbers)
