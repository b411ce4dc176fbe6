"""Since when places besides home cannot be read: the summary says so in their sections."""

from collections.abc import Collection, Mapping
from datetime import datetime

from costguard.app.ports import PlaceHealthLedger


def note_unread_places(
    ledger: PlaceHealthLedger, unread: Collection[str], now: datetime
) -> Mapping[str, datetime]:
    """Keep since when each cannot be read; what is read again, or left, is forgotten.

    It is written only where that changed: a sweep that reads every place writes nothing.
    """
    known = ledger.unread_places()
    since = {place: min((known or {}).get(place, now), now) for place in sorted(unread)}
    if since != known:
        ledger.keep_unread_places(since)
    return since
