"""Stop references from the queue: look again, stop what is still due."""

import logging
from typing import Any

from costguard.adapters.metrics import alive
from costguard.app.enforce import enforce
from costguard.app.stop_request import parse_stop, received
from costguard.bootstrap.guard import ports

logger = logging.getLogger("costguard")
logger.setLevel(logging.INFO)


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Take one message per call: a failure returns it to the queue, later to the dead letters.

    What was done of it by then is not done again: each reference is looked at again.
    """
    [record] = event["Records"]
    refs, asked = parse_stop(record["body"])
    outcomes = enforce(ports(), refs, now=received(record, asked))
    logger.info("looked again: %s", outcomes)
    return dict(outcomes)
