"""Requests from the queue of `park`: evaluate again, delete what is still due."""

from datetime import UTC, datetime
from typing import Any

from costguard.adapters.logs import logged
from costguard.adapters.metrics import alive
from costguard.app.park import park
from costguard.app.stop_request import parse_stop_request
from costguard.bootstrap.guard import park_ports


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Take one message per call: a failure returns it to the queue, later to the dead letters.

    What was done of it by then is not done again: each reference is looked at again.
    """
    [record] = event["Records"]
    refs, _ = parse_stop_request(record["body"])
    return dict(park(park_ports(), refs, now=datetime.now(UTC)))
