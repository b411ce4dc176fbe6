"""What AWS has billed, read from Cost Explorer's answer, and compared with the meter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from costguard.common.errors import SourceUnavailableError
from costguard.costs.components import COMPONENTS
from costguard.costs.spend import ZERO

USD_A_CALL = Decimal("0.01")
LAG = timedelta(days=1)
"""A day counts as known when it ended this long ago: Cost Explorer is up to a day late."""


class CostExplorerAnswer(Struct, frozen=True):
    """Cost Explorer's days or months, by usage type and project, and how many calls they took."""

    periods: tuple[Mapping[str, Any], ...]
    calls: int


class Bill(Struct, frozen=True, kw_only=True):
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
        """What the answer cost."""
        return self.calls * USD_A_CALL


def known_days(since: date, now: datetime) -> tuple[date, date]:
    """Bound the days that the bill knows; an empty range where it knows none yet."""
    until = (now.astimezone(UTC) - LAG).date()
    return since, max(since, until)


def sum_bill(told: CostExplorerAnswer, tag: str, since: date, until: date) -> Bill:
    """Add up the answer both ways; what began outside the known days is dropped.

    Raises SourceUnavailableError where its groups are not of one usage type and one value of the
    tag.
    """
    types, tagged = dict[str, Decimal](), dict[str, Decimal]()
    for usage_type, project, usd in _rows(told, tag, since, until):
        types[usage_type] = types.get(usage_type, ZERO) + usd
        tagged[project] = tagged.get(project, ZERO) + usd
    named = {name: usd for name, usd in tagged.items() if name}
    return Bill(
        since=since,
        until=until,
        projects=named or None,
        untagged=tagged.get("", ZERO),
        usage_types=types,
        metered=sum((usd for t, usd in types.items() if COMPONENTS.on_the_bill(t)), ZERO),
        total=sum(types.values(), ZERO),
        calls=told.calls,
    )


def tag_value(key: str, tag: str) -> str:
    """Take the tag's name off a group key: a value may hold a `$` too.

    Raises SourceUnavailableError where the key is of another tag.
    """
    name, dollar, value = key.partition("$")
    if not dollar or name != tag:
        msg = f"Cost Explorer: expected a group of the tag {tag}, got {key!r}"
        raise SourceUnavailableError(msg)
    return value


def _rows(
    told: CostExplorerAnswer, tag: str, since: date, until: date
) -> Iterator[tuple[str, str, Decimal]]:
    """Read usage type, project and USD; pages may tell parts of one period, and all count."""
    for period in told.periods:
        if since <= date.fromisoformat(period["TimePeriod"]["Start"]) < until:
            for group in period["Groups"]:
                usage_type, project = _keys(group["Keys"], tag)
                yield usage_type, project, Decimal(group["Metrics"]["UnblendedCost"]["Amount"])


def _keys(keys: Sequence[str], tag: str) -> tuple[str, str]:
    """Read the keys in the order in which they were asked for."""
    if len(keys) != 2:  # noqa: PLR2004 - one a group that was asked for
        msg = f"Cost Explorer: expected a usage type and the tag {tag}, got {list(keys)}"
        raise SourceUnavailableError(msg)
    return keys[0], tag_value(keys[1], tag)
