"""Stop requests from the queue: evaluate again, stop what is still due."""

from datetime import UTC, datetime
from typing import Any

from costguard.adapters.logs import logged
from costguard.adapters.metrics import alive
from costguard.app.enforce import enforce
from costguard.app.stop_request import parse_stop_request
from costguard.bootstrap.guard import enforce_ports
from costguard.common.pings import without_pings


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Take one message per call: a failure returns it to the queue, later to the dead letters.

    What was done of it by then is not done again: each reference is looked at again.
    """
    outcomes: dict[str, str] = {}
    for record in without_pings(event["Records"]):
        refs, _ = parse_stop_request(record["body"])
        outcomes |= enforce(enforce_ports(), refs, now=datetime.now(UTC))
    return outcomes
