"""The queue of `notify`, for what is to be said where a button stands."""

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from costguard.notifications.notice import DeferredMessage
from costguard.notifications.press import PressOutcome

if TYPE_CHECKING:
    from costguard.notifications.ports import DeferralQueue, KnownNotices


class SqsPressQueue(Struct, frozen=True):
    """Sends what came of presses, with the ledger's token: `notify` believes nobody else."""

    queue: "DeferralQueue"
    known: "KnownNotices"

    def say(self, outcome: PressOutcome, now: datetime) -> None:
        """Have it said what came of a press."""
        message = DeferredMessage(due=now, press=outcome, token=self.known.token())
        self.queue.defer(message, now)
