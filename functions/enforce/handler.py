"""A stop reference from the queue: look again, stop it if that is still due."""

import logging
from typing import Any

from costguard.app import enforce
from costguard.aws.metrics import alive
from costguard.aws.wiring import ports
from costguard.events import parse_stop, received

logger = logging.getLogger("costguard")
logger.setLevel(logging.INFO)


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Take one reference per call: a failure returns it to the queue, later to the dead letters."""
    guard, [record] = ports(), event["Records"]
    ref, asked = parse_stop(record["body"])
    outcome = enforce(guard, ref, now=received(record, asked))
    guard.count({"Stops": int(outcome == "accepted"), "NotDue": int(outcome == "not-due")})
    logger.info("%s: %s", ref.key, outcome)
    return {"outcome": outcome}
