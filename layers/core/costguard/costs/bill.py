"""The AWS bill, from Cost Explorer's answer, for comparison with the meter."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from costguard.common.errors import SourceUnavailableError
from costguard.common.observed import dollars, elements, mapping
from costguard.costs.components import COMPONENTS
from costguard.costs.pricing import ZERO

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
        """Return whether it has no billed amount."""
        return all(mapping(period).get("Groups") == [] for period in self.periods)


class Bill(Struct, frozen=True, kw_only=True):
    """The billed amounts, by whole UTC days."""

    since: date
    until: date  # the first day that is not in it
    projects: Mapping[str, Decimal] | None  # None: tag not activated, or nothing tagged
    untagged: Decimal
    usage_types: Mapping[str, Decimal]
    metered: Decimal  # only usage types that Costguard meters too
    total: Decimal
    calls: int
    unreadable: int = 0  # groups in an unknown form: not in any sum
    accounts: tuple[str, ...] = ()  # that it is of; none: all that Cost Explorer shows here

    def covers(self, account: str) -> bool:
        """Tell whether what an account used is in it."""
        return not self.accounts or account in self.accounts

    @property
    def asking(self) -> Decimal:
        """The cost of the answer."""
        return self.calls * USD_A_CALL


def bill_range(bill: Bill | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the range of whole UTC days that the bill and the meter both cover."""
    if bill is None:
        return now, now
    first, last = bill.since, bill.until
    return (
        datetime(first.year, first.month, first.day, tzinfo=UTC),
        datetime(last.year, last.month, last.day, tzinfo=UTC),
    )


def known_days(since: date, now: datetime) -> tuple[date, date]:
    """Return the range of days in the bill; empty if there are none yet."""
    until = (now.astimezone(UTC) - LAG).date()
    return since, max(since, until)


def sum_bill(told: CostExplorerAnswer, tag: str, since: date, until: date) -> Bill:
    """Add up the answer by usage type and by project; days outside the known range are dropped.

    A group without one usage type, one tag value and an amount is counted as unreadable, and not
    in any sum. Raises SourceUnavailableError if no group can be read.
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


def accounts_of(told: CostExplorerAnswer) -> frozenset[str]:
    """Name the accounts of an answer by account."""
    every = (mapping(period).get("Groups") for period in told.periods)
    groups = (mapping(group) for groups in every for group in elements(groups))
    keys = (key for group in groups for key in elements(group.get("Keys")))
    return frozenset(key for key in keys if isinstance(key, str))


def tag_value(key: str, tag: str) -> str:
    """Remove the tag's name from a group key: the value may contain a `$` too.

    Raises SourceUnavailableError if the key belongs to another tag.
    """
    name, dollar, value = key.partition("$")
    if not dollar or name != tag:
        msg = f"Cost Explorer: expected a group of the tag {tag}, got {key!r:.200}"
        raise SourceUnavailableError(msg)
    return value


def _groups(told: CostExplorerAnswer, since: date, until: date) -> Iterator[object]:
    """List the groups of the known days; several pages may have parts of one period.

    A period without a start counts as one unreadable group.
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
