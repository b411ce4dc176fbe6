"""The ledger's facts about a resource when an event arrives."""

from datetime import datetime, timedelta

from msgspec import Struct

from costguard.enforcement.case import Case

SWEPT = "swept"
"""The marker of the last whole sweep."""
_RENEWED = timedelta(days=1)


class Creator(Struct, frozen=True):
    """The login that created a resource, and the time of the call."""

    login: str
    told: datetime

    def replaces(self, known: "Creator | None") -> bool:
        """Return whether it must be stored: it is later, and not the same login on the same day.

        Events come twice and late; writing a row again extends its expiry.
        """
        if known is None:
            return True
        return self.told - known.told > (_RENEWED if self.login == known.login else timedelta(0))


class EventContext(Struct, frozen=True, kw_only=True):
    """The facts that are known before AWS is asked; a case that is saved in between wins."""

    case: Case | None = None
    swept: datetime | None = None
    creator: Creator | None = None  # from an earlier event
