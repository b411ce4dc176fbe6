"""The ledger's facts about a resource when an event arrives."""

from datetime import datetime

from msgspec import Struct

from costguard.enforcement.case import Case
from costguard.ownership.creator import Creator

SWEPT = "swept"
"""The marker of the last whole sweep."""


class EventContext(Struct, frozen=True, kw_only=True):
    """The facts that are known before AWS is asked; a case that is saved in between wins."""

    case: Case | None = None
    swept: datetime | None = None
    creator: Creator | None = None  # from an earlier event
