"""A batch of the notify queue: its messages in order, and its result."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct, field

from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.schedule import backoff
from costguard.notifications.schema import parse_message
from costguard.ownership.channel import Channel

METRICS = (
    "NoticesDelivered",
    "NoticesHeld",
    "NoticesRetried",
    "ChannelFailures",
    "RecipientsUnreached",
    "AdminsNotReached",
    "NoticesRepeated",
    "MessagesUnreadable",
    "NoticesNotOurs",
)


class QueueMessage(Struct, frozen=True, kw_only=True):
    """A message of the queue; `tries` counts its deliveries, `sent` is when it was sent."""

    id: str
    body: str
    tries: int
    sent: datetime


class BatchResult(Struct):
    """The result of one batch: messages that go back with their delay, errors, and counts."""

    again: dict[str, timedelta] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    down: set[Channel] = field(default_factory=set)  # not used again in this batch
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(METRICS, 0))

    def failed(self, message: QueueMessage, error: Exception) -> None:
        """Record that a message goes back because of an error."""
        self.errors[message.id] = error
        self.again[message.id] = backoff(message.tries)

    def is_not_ours(self, message: QueueMessage) -> None:
        """Record that a message is not sent: it returns to the queue and becomes a dead letter."""
        self.numbers["NoticesNotOurs"] += 1
        self.again[message.id] = backoff(message.tries)


def read_in_order(
    batch: Iterable[QueueMessage], result: BatchResult
) -> list[tuple[QueueMessage, Notice | DeferredMessage]]:
    """Read every message, oldest notice first; unreadable messages go back to the queue."""
    readable = []
    for message in batch:
        try:
            readable.append((message, parse_message(message.body)))
        except Exception as exc:  # noqa: BLE001 - one unreadable message must not fail the others
            result.failed(message, exc)
            result.numbers["MessagesUnreadable"] += 1
    return sorted(readable, key=lambda pair: pair[1].sort_key)
