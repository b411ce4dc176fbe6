"""An answer to a notice, by somebody whom IAM knows: write it down, and have it looked at."""

from datetime import UTC, datetime
from typing import Any

from costguard.adapters.logs import logged
from costguard.adapters.metrics import alive
from costguard.app.respond import respond
from costguard.bootstrap.responder import respond_ports


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one request of the function URL; the caller is what Lambda says, not the body."""
    return respond(respond_ports(), event, now=datetime.now(UTC))
