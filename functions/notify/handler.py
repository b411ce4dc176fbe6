"""A batch of notices: to each owner's e-mail or Slack, and to the admins."""

import logging
from datetime import UTC, datetime
from typing import Any

from costguard.adapters.metrics import alive
from costguard.bootstrap.notifier import notification_ports, notify_queue
from costguard.notifications.batch import QueueMessage
from costguard.notifications.dispatcher import deliver

logger = logging.getLogger("costguard")
logger.setLevel(logging.INFO)


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Answer which messages go back to the queue; each is hidden for as long as it has to wait."""
    records = {record["messageId"]: record for record in event["Records"]}
    done = deliver(notification_ports(), [_message(record) for record in records.values()])
    for trouble in done.troubles:
        logger.warning("%s", trouble)
    for name, error in done.errors.items():
        logger.error("message %s: %s", name, error, exc_info=error)
    for name, wait in done.again.items():
        notify_queue().hide(records[name]["receiptHandle"], wait)
    logger.info("delivered: %s", done.numbers)
    return {"batchItemFailures": [{"itemIdentifier": name} for name in done.again]}


def _message(record: dict[str, Any]) -> QueueMessage:
    told = record["attributes"]
    return QueueMessage(
        id=record["messageId"],
        body=record["body"],
        sent=datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC),
        tries=int(told["ApproximateReceiveCount"]),
    )
