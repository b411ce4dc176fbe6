"""What the earlier beats of a heartbeat say: when it was silent, and what was let go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from costguard.idleness.signals import SILENT_AFTER
from costguard.resources.activity import Heartbeat

_MERGED_BEFORE = timedelta(hours=23)
"""The heartbeat merges the beats of an hour into one after a day; its clock may differ."""
_HOUR = timedelta(hours=1)


def seen_again_at(beats: Sequence[Heartbeat], now: datetime) -> datetime | None:
    """Return when its last silence ended; None if it was never silent since its first beat."""
    ends = [
        later.at
        for earlier, later in pairwise(beats)
        if later.at - earlier.at > SILENT_AFTER + _merged(later, now)
    ]
    return max(ends, default=None)


def had_let_go(beats: Sequence[Heartbeat], since: datetime) -> bool:
    """Return whether a process or a thread that was let go was there since then."""
    return any(beat.at > since and (beat.detached or beat.threads) for beat in beats)


def _merged(beat: Heartbeat, now: datetime) -> timedelta:
    return _HOUR if now - beat.at > _MERGED_BEFORE else timedelta(0)
