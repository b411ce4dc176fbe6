"""The owner's request to keep an idle resource, within the policy's limits.

It is the tag `costguard:keep-until`, or an answer to a notice, which counts for one run. Each new
value of the tag and each answer counts as one request; the ledger remembers earlier ones.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile

from msgspec import Struct

from costguard.common.datetimes import say_duration
from costguard.common.sanitize import single_line
from costguard.resources.activity import KeepRequest

TAG = "costguard:keep-until"
_A_WHILE = timedelta(hours=3)
_HARDLY_LONGER = timedelta(minutes=10)
_REMEMBERED = 50  # values: keeps the case far below the 400 KB of a DynamoDB item


class KeepLimits(Struct, frozen=True, kw_only=True):
    """How long one keep may last, and how many there may be within a time."""

    at_most: timedelta = timedelta(hours=12)
    times: int = 3
    within: timedelta = timedelta(days=7)


class KeepDecision(Struct, frozen=True):
    """The decision on a request: granted until then, or refused with the reason."""

    until: datetime | None = None
    refused: str | None = None
    by: str = ""  # who answered a notice; empty for the tag


def decide_keep(
    tags: Mapping[str, str] | None,
    kept: tuple[KeepRequest, ...],
    limits: KeepLimits,
    *,
    zone: tzinfo,
    now: datetime,
    run: datetime | None = None,
) -> KeepDecision:
    """Grant or refuse the request of the tag, if there is one; a longer answer comes before it."""
    by_tag = _decide_tag(tags, kept, limits, zone, now)
    ends = [each for each in _answers(kept, limits, zone, run) if each.until]
    longest = max(ends, key=lambda each: each.until or now, default=by_tag)
    if by_tag.until and longest.until and by_tag.until >= longest.until:
        return by_tag
    return longest if longest.until and now < longest.until else by_tag


def answer_keep(
    kept: tuple[KeepRequest, ...],
    limits: KeepLimits,
    answer: KeepRequest,
    *,
    zone: tzinfo,
    run: datetime,
) -> tuple[tuple[KeepRequest, ...], KeepDecision]:
    """Add a person's answer if it is granted; one that hardly moves the end of another adds none.

    So a second click on the same button is no second request.
    """
    until = _until(answer.value, zone)
    stands = decide_keep(None, kept, limits, zone=zone, now=answer.seen, run=run)
    if until and stands.until and until - stands.until < _HARDLY_LONGER:
        return kept, stands
    why = _why_not(answer, kept, limits, zone)
    if why:
        return kept, KeepDecision(refused=why)
    return (*kept, answer)[-_REMEMBERED:], KeepDecision(until=until, by=answer.by)


def _decide_tag(
    tags: Mapping[str, str] | None,
    kept: tuple[KeepRequest, ...],
    limits: KeepLimits,
    zone: tzinfo,
    now: datetime,
) -> KeepDecision:
    value = (tags or {}).get(TAG, "").strip()
    if not value:
        return KeepDecision()
    known = with_request(tags, kept, now)
    this = next(k for k in known if k.value == value)
    if _until(value, zone) is None:
        return _refused(value, f"a time such as {_example(limits, zone, now)} is expected")
    recent = tuple(k for k in known if k.seen > now - limits.within)
    why = _why_not(this, recent, limits, zone)
    return _refused(value, why) if why else KeepDecision(until=_until(value, zone))


def _answers(
    kept: tuple[KeepRequest, ...], limits: KeepLimits, zone: tzinfo, run: datetime | None
) -> Iterator[KeepDecision]:
    """Yield the answers about a run that the limits grant."""
    for each in kept:
        if each.by and run and run <= each.seen and not _why_not(each, kept, limits, zone):
            yield KeepDecision(until=_until(each.value, zone), by=each.by)


def _why_not(
    this: KeepRequest, known: tuple[KeepRequest, ...], limits: KeepLimits, zone: tzinfo
) -> str:
    """Say why the limits refuse a request; empty if they grant it."""
    until = _until(this.value, zone)
    if until is None or until - this.seen > limits.at_most:
        return f"at most {say_duration(limits.at_most)} are allowed"
    earlier = takewhile(lambda each: each is not this, known)
    before = (k for k in earlier if this.seen - limits.within < k.seen)
    if sum(_counts(k, limits, zone) for k in before) < limits.times:
        return ""
    many = f"{limits.times} times in {say_duration(limits.within)}"
    return f"it was kept {many} already, and no more is allowed"


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
