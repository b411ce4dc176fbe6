"""One attempt to deliver a message: its clock, its number, and its outcome."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from costguard.common.decision_log import DecisionLog
from costguard.notifications.batch import BatchResult
from costguard.notifications.delivery import DeliveryOutcome
from costguard.notifications.notice import Notice
from costguard.notifications.recipients import Recipient

_METRICS = {
    DeliveryOutcome.SENT: "NoticesDelivered",
    DeliveryOutcome.HELD: "NoticesHeld",
    DeliveryOutcome.REFUSED: "ChannelFailures",
    DeliveryOutcome.UNREACHABLE: "RecipientsUnreached",
    DeliveryOutcome.REPEATED: "NoticesRepeated",
}
"""What is counted of each outcome; what is retried is counted at the end of the batch."""


type Clock = Callable[[], datetime]


class Attempt(Struct, frozen=True):
    """One attempt: the wall clock, its number, its batch, and its log."""

    clock: Clock
    number: int
    result: BatchResult
    log: DecisionLog

    @property
    def now(self) -> datetime:
        """Return the present time."""
        return self.clock()

    def note(
        self, outcome: DeliveryOutcome, notices: Sequence[Notice], to: Recipient, **keys: str
    ) -> None:
        """Count the outcome of one message to a recipient, and log it for each notice in it."""
        if metric := _METRICS.get(outcome):
            self.result.numbers[metric] += 1
        if to.is_admins and outcome is DeliveryOutcome.RETRIED:
            self.result.numbers["AdminsNotReached"] += 1
        for notice in notices:
            bound = notice.log_keys
            self.log("notice delivery", **bound, recipient=to.label, outcome=outcome, **keys)
