"""The owner's request: `costguard:keep-until` on a notebook, within the policy's limits.

Each new value of the tag counts as one request; the ledger remembers earlier values.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from costguard.common.datetimes import say_duration
from costguard.common.sanitize import single_line
from costguard.resources.activity import KeepRequest

TAG = "costguard:keep-until"
_A_WHILE = timedelta(hours=3)
_REMEMBERED = 50  # values: keeps the case far below the 400 KB of a DynamoDB item


class KeepLimits(Struct, frozen=True, kw_only=True):
    """How long one keep may last, and how many there may be within a time."""

    at_most: timedelta = timedelta(hours=12)
    times: int = 3
    within: timedelta = timedelta(days=7)


class KeepDecision(Struct, frozen=True):
    """The decision on the tag: granted until then, or refused with the reason."""

    until: datetime | None = None
    refused: str | None = None


def decide_keep(
    tags: Mapping[str, str] | None,
    kept: tuple[KeepRequest, ...],
    limits: KeepLimits,
    *,
    zone: tzinfo,
    now: datetime,
) -> KeepDecision:
    """Grant or refuse the request of the tag, if there is one."""
    value = (tags or {}).get(TAG, "").strip()
    if not value:
        return KeepDecision()
    known = with_request(tags, kept, now)
    asked = [k for k in known if k.seen > now - limits.within]
    this = next(k for k in known if k.value == value)
    until = _until(value, zone)
    if until is None:
        return _refused(value, f"a time such as {_example(limits, zone, now)} is expected")
    if until - this.seen > limits.at_most:
        return _refused(value, f"at most {say_duration(limits.at_most)} are allowed")
    earlier = sum(_counts(k, limits, zone) for k in asked if k.seen < this.seen)
    if earlier >= limits.times:
        many = f"{limits.times} times in {say_duration(limits.within)}"
        return _refused(value, f"it was kept {many} already, and no more is allowed")
    return KeepDecision(until=until)


def example_value(
    kept: tuple[KeepRequest, ...], limits: KeepLimits, *, zone: tzinfo, now: datetime
) -> str | None:
    """Return a value of the tag that would be granted now; None if no new value would be."""
    granted = sum(_counts(k, limits, zone) for k in kept if k.seen > now - limits.within)
    return _example(limits, zone, now) if granted < limits.times else None


def with_request(
    tags: Mapping[str, str] | None, kept: tuple[KeepRequest, ...], now: datetime
) -> tuple[KeepRequest, ...]:
    """Add the tag's value, if it is new, to those seen before."""
    value = (tags or {}).get(TAG, "").strip()
    if not value or any(k.value == value for k in kept):
        return kept
    return (*kept, KeepRequest(value, now))[-_REMEMBERED:]


def _counts(kept: KeepRequest, limits: KeepLimits, zone: tzinfo) -> bool:
    """Return whether a value could be granted: a refused one has kept nothing."""
    until = _until(kept.value, zone)
    return until is not None and until - kept.seen <= limits.at_most


def _until(value: str, zone: tzinfo) -> datetime | None:
    """Read an ISO time; without a zone it is the policy's."""
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _example(limits: KeepLimits, zone: tzinfo, now: datetime) -> str:
    until = now + min(_A_WHILE, limits.at_most)
    return until.astimezone(zone).isoformat(timespec="minutes")


def _refused(value: str, why: str) -> KeepDecision:
    return KeepDecision(refused=f"its tag {TAG} ({single_line(value)}) is refused: {why}")
