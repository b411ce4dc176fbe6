"""What AWS has billed, read from Cost Explorer's answer, and compared with the meter."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from costguard.common.errors import SourceUnavailableError
from costguard.common.observed import dollars, elements, mapping
from costguard.costs.components import COMPONENTS
from costguard.costs.spend import ZERO

USD_A_CALL = Decimal("0.01")
_MOST = 10**9  # USD in one group
LAG = timedelta(days=1)
"""A day counts as known when it ended this long ago: Cost Explorer is up to a day late."""


class CostExplorerAnswer(Struct, frozen=True):
    """Cost Explorer's days or months, by usage type and project, and how many calls they took."""

    periods: tuple[Mapping[str, Any], ...]
    calls: int

    @property
    def is_empty(self) -> bool:
        """Tell whether it knows of nothing that was billed."""
        return all(mapping(period).get("Groups") == [] for period in self.periods)


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
    unreadable: int = 0  # groups of another form than Cost Explorer's: they are in no sum

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

    A group that is not of one usage type, one value of the tag and an amount is counted, and is in
    no sum. Raises SourceUnavailableError where no group can be read.
    """
    types, tagged = dict[str, Decimal](), dict[str, Decimal]()
    problems = list[SourceUnavailableError]()
    for group in _groups(told, since, until):
        try:
            usage_type, project, usd = _row(group, tag)
        except SourceUnavailableError as problem:
            problems.append(problem)
            continue
        types[usage_type] = types.get(usage_type, ZERO) + usd
        tagged[project] = tagged.get(project, ZERO) + usd
    if problems and not types:
        raise problems[0]
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
        unreadable=len(problems),
    )


def tag_value(key: str, tag: str) -> str:
    """Take the tag's name off a group key: a value may hold a `$` too.

    Raises SourceUnavailableError where the key is of another tag.
    """
    name, dollar, value = key.partition("$")
    if not dollar or name != tag:
        msg = f"Cost Explorer: expected a group of the tag {tag}, got {key!r:.200}"
        raise SourceUnavailableError(msg)
    return value


def _groups(told: CostExplorerAnswer, since: date, until: date) -> Iterator[object]:
    """List the groups of the known days; pages may tell parts of one period, and all count.

    A period that does not say when it began is told as one group that cannot be read.
    """
    for period in map(mapping, told.periods):
        begun, groups = _day(mapping(period.get("TimePeriod")).get("Start")), period.get("Groups")
        if begun is None or not isinstance(groups, list):
            yield period
        elif since <= begun < until:
            yield from groups


def _day(raw: object) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _row(group: object, tag: str) -> tuple[str, str, Decimal]:
    """Read usage type, project and USD, in the order in which they were asked for."""
    keys = elements(mapping(group).get("Keys"))
    cost = mapping(mapping(mapping(group).get("Metrics")).get("UnblendedCost"))
    if len(keys) != 2 or not all(isinstance(key, str) for key in keys):  # noqa: PLR2004 - as asked
        msg = f"Cost Explorer: expected a usage type and the tag {tag}, got {list(keys)!r:.200}"
        raise SourceUnavailableError(msg)
    if (usd := dollars(cost.get("Amount"), _MOST)) is None:
        msg = f"Cost Explorer: expected an amount, got {cost.get('Amount')!r:.80}"
        raise SourceUnavailableError(msg)
    return keys[0], tag_value(keys[1], tag), usd
