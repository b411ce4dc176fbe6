"""The clock: look at everything."""

from typing import Any

from costguard.adapters.logs import log_decision, logged
from costguard.adapters.metrics import alive
from costguard.app.sweep import sweep
from costguard.bootstrap.guard import sweep_ports
from costguard.common.datetimes import parse_time


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Take the time from the event, so a replay gives the same answer."""
    numbers = sweep(sweep_ports(), now=parse_time(event.get("time")))
    counted = {name: str(number) for name, number in numbers.items() if number}
    log_decision("sweep finished", outcome="swept", **counted)
    return dict(numbers)
