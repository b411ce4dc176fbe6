"""The schedule: evaluate everything."""

from datetime import UTC, datetime
from typing import Any

from costguard.adapters.logs import log_decision, logged
from costguard.adapters.metrics import alive
from costguard.app.silence import is_late
from costguard.app.sweep import sweep
from costguard.bootstrap.guard import sweep_ports


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Evaluate everything as it is now; skip an event that waited longer than an interval.

    The next event has arrived by then.
    """
    ports, now = sweep_ports(), datetime.now(UTC)
    if is_late(event.get("time"), ports.sweep_interval, now=now):
        ports.count({"SweepsSkipped": 1})
        log_decision("sweep skipped", outcome="late", why=f"it was due at {event['time']}")
        return {}
    numbers = sweep(ports, now=now)
    counted = {name: str(number) for name, number in numbers.items() if number}
    log_decision("sweep finished", outcome="swept", **counted)
    return dict(numbers)
