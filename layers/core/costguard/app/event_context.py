"""What the ledger remembers of a resource when an event comes."""

from datetime import datetime, timedelta

from msgspec import Struct

from costguard.enforcement.case import Case

SWEPT = "swept"
"""The word that notes when everything was last looked at."""
_RENEWED = timedelta(days=1)


class Creator(Struct, frozen=True):
    """Who made a resource, by the login of its Create call, and when that was told."""

    login: str
    told: datetime

    def replaces(self, known: "Creator | None") -> bool:
        """Tell whether it is news: of a later moment, and not of the same login on the same day.

        Events come twice and late; a row that is written again is kept longer.
        """
        if known is None:
            return True
        return self.told - known.told > (_RENEWED if self.login == known.login else timedelta(0))


class EventContext(Struct, frozen=True, kw_only=True):
    """What is known before anybody looks; whoever writes a case in between is first."""

    case: Case | None = None
    swept: datetime | None = None
    creator: Creator | None = None  # only where the event tells of a Create call
