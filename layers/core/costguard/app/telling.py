"""Tell something once: the marker of what was told, and the claim of what is about to be."""

from collections.abc import Callable
from datetime import datetime, timedelta

from costguard.app.ports import TimeMarks

IN_HAND = timedelta(days=1)
"""How long a sweep that died keeps what it was about to tell."""


def tell_by_mark(
    marks: TimeMarks,
    mark: str,
    tell: Callable[[datetime], None],
    now: datetime,
    *,
    every: timedelta | None = None,
) -> bool:
    """Notify the admins unless a marker shows that they were; return whether it was sent now.

    The message is claimed before it is sent: of two concurrent sweeps only one sends it, and none
    if the ledger refuses writes. If the sweep dies after the claim, or the marker cannot be stored,
    the message is sent again when the claim expires. A failed send releases the claim at once.
    """
    told = marks.last_time(mark)
    if told is not None and (every is None or now - told < every):
        return False
    since = marks.take_in_hand(mark, now, now + IN_HAND)
    if since is None:
        return False
    try:
        tell(since)
    except Exception:
        marks.take_in_hand(mark, now + IN_HAND, now)
        raise
    marks.mark_time(mark, now)
    return True
