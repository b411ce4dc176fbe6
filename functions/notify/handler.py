"""A batch of notices: deliver each to its owner or to the admins."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from costguard.adapters.logs import logged, logger
from costguard.adapters.metrics import alive
from costguard.bootstrap.notifier import notification_ports, notify_queue
from costguard.common.pings import without_pings
from costguard.notifications.batch import QueueMessage
from costguard.notifications.dispatcher import deliver


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Return the messages that go back to the queue; each is hidden for as long as it waits."""
    records = {record["messageId"]: record for record in without_pings(event["Records"])}
    done = deliver(notification_ports(), map(_message, records.values()), now=wall_clock)
    for name, error in done.errors.items():
        keys = {"correlation_id": name, "outcome": "error"}
        logger.error("message failed: %s", error, exc_info=error, extra=keys)
    for name, wait in done.again.items():
        notify_queue().hide(records[name]["receiptHandle"], wait)
    return {"batchItemFailures": [{"itemIdentifier": name} for name in done.again]}


def wall_clock() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def _message(record: Mapping[str, Any]) -> QueueMessage:
    told = record["attributes"]
    return QueueMessage(
        id=record["messageId"],
        body=record["body"],
        tries=int(told["ApproximateReceiveCount"]),
        sent=datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC),
    )
