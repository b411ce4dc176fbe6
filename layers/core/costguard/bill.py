"""What AWS has billed, read from Cost Explorer's answers, and compared with the meter. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from costguard.errors import NotTold
from costguard.spend import ZERO

USD_A_CALL = Decimal("0.01")
LAG = timedelta(days=1)
"""A day counts as known when it ended this long ago: Cost Explorer is up to a day late."""
_METERED = re.compile(r"(?:[A-Z]{2,4}\d?-)?(?:(?:Notebk|Train|TrSpt|Processing|Tsform):.*)")


@dataclass(frozen=True, slots=True)
class Answer:
    """Cost Explorer's days, and how many calls they took."""

    days: tuple[Mapping[str, Any], ...]
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What was billed, by whole UTC days."""

    since: date
    until: date  # the first day that is not in it
    projects: Mapping[str, Decimal] | None  # None: tag not activated, or nothing tagged
    untagged: Decimal
    usage_types: Mapping[str, Decimal]
    metered: Decimal  # of the usage types that the meter knows too
    total: Decimal
    calls: int

    @property
    def asking(self) -> Decimal:
        """What the answers cost."""
        return self.calls * USD_A_CALL


def known_days(since: date, now: datetime) -> tuple[date, date]:
    """Bound the days that the bill knows; an empty range where it knows none yet."""
    until = (now.astimezone(UTC) - LAG).date()
    return since, max(since, until)


def bill(by_type: Answer, by_tag: Answer, tag: str, since: date, until: date) -> Bill:
    """Put the two answers together; days outside the known ones are dropped."""
    types = _sums(by_type, since, until)
    tagged = {split(key, tag): usd for key, usd in _sums(by_tag, since, until).items()}
    named = {name: usd for name, usd in tagged.items() if name}
    return Bill(
        since=since,
        until=until,
        projects=named or None,
        untagged=tagged.get("", ZERO),
        usage_types=types,
        metered=sum((usd for t, usd in types.items() if _METERED.fullmatch(t)), ZERO),
        total=sum(types.values(), ZERO),
        calls=by_type.calls + by_tag.calls,
    )


def split(key: str, tag: str) -> str:
    """Take the tag's name off a group key: a value may hold a `$` too. Raises NotTold."""
    name, dollar, value = key.partition("$")
    if not dollar or name != tag:
        msg = f"Cost Explorer: expected a group of the tag {tag}, got {key!r}"
        raise NotTold(msg)
    return value


def _sums(answer: Answer, since: date, until: date) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for day in answer.days:
        if since <= date.fromisoformat(day["TimePeriod"]["Start"]) < until:
            for key, usd in _groups(day["Groups"]):
                sums[key] = sums.get(key, ZERO) + usd
    return sums


def _groups(groups: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Decimal]]:
    for group in groups:
        (key,) = group["Keys"]
        yield key, Decimal(group["Metrics"]["UnblendedCost"]["Amount"])
