"""The accounts and Regions of a summary: what each cost, runs, has found, and does not show.

Only a stack that guards others has them. Budgets and people are summed up over all of them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from costguard.common.formatting import cents, pluralize, shortened_list, usd
from costguard.common.sanitize import single_line
from costguard.common.spreadsheet import csv_text
from costguard.costs.prices import BUNDLED
from costguard.costs.pricing import ZERO
from costguard.costs.spend import Spend
from costguard.enforcement.case import Case
from costguard.reports.phrases import placed, when
from costguard.reports.running import Running
from costguard.reports.savings import StopSavings
from costguard.reports.summary import Summary
from costguard.reports.unwatched import says_of, unread_of
from costguard.resources.places import HOME, account_and_region, is_place
from costguard.resources.unwatched import UnwatchedList

_LISTED = 3
_NAME = 40
_HEADER = (
    *("account", "name", "region", "USD in the period", "USD this month", "running"),
    *("USD an hour", "without a price", "with findings", "stops", "not read since"),
)


class PlaceReport(Struct, frozen=True, kw_only=True):
    """One account in one Region. Amounts are estimates."""

    place: str
    spent: Decimal  # in the period
    month: Decimal  # to date
    running: tuple[Running, ...]
    cases: tuple[Case, ...]  # with findings
    stops: tuple[StopSavings, ...]  # in the period
    unread: datetime | None = None  # since when it cannot be read; None: it can
    unwatched: UnwatchedList | None = None  # None: no sweep has looked yet

    @property
    def usd_per_hour(self) -> Decimal:
        """What runs costs an hour, as far as prices are known."""
        return sum((each.usd_per_hour or ZERO for each in self.running), ZERO)

    @property
    def unpriced(self) -> int:
        """How many of those that run have no known price."""
        return sum(each.usd_per_hour is None for each in self.running)


def place_reports(s: Summary) -> tuple[PlaceReport, ...]:
    """Report each place, home first; one that is not guarded any more, while it has costs."""
    facts = s.facts
    if not facts.spokes:
        return ()
    spent, month = _by_place(s, s.spend), _by_place(s, s.month)
    others = {*facts.spokes, *spent, *month} - {HOME}
    return tuple(
        PlaceReport(
            place=place,
            spent=spent.get(place, ZERO),
            month=month.get(place, ZERO),
            running=tuple(
                r for r in s.running if placed(s, r.usage.ref.place, r.usage.region) == place
            ),
            cases=tuple(c for c in facts.cases if c.findings and c.ref.place == place),
            stops=tuple(each for each in s.stops if _place_of(s, each) == place),
            unread=facts.unread_places.get(place),
            unwatched=facts.unwatched_places.get(place) if place else facts.unwatched,
        )
        for place in (HOME, *sorted(others))
    )


def place_lines(s: Summary, report: PlaceReport) -> Iterator[str]:
    """Say what there is of one place, in lines for the text and the page."""
    if report.unread:
        since = when(s, report.unread)
        yield f"COULD NOT LOOK AT ALL OF IT since {since}: what was not seen counts as running on"
    yield f"{usd(report.spent)} this period, {usd(report.month)} month to date (estimated)"
    yield _running(report)
    if report.cases:
        yield f"findings: {pluralize(len(report.cases), 'resource')}: {_listed(_found(report))}"
    if report.stops:
        avoided = sum((each.usd or ZERO for each in report.stops), ZERO)
        yield f"{pluralize(len(report.stops), 'stop')} this period, {usd(avoided)} avoided"
    yield from _unwatched(s, report)
    yield from _prices(s, account_and_region(report.place, s.place)[1])


def place_csv(s: Summary) -> str:
    """Write a line for each place, as a spreadsheet opens it."""
    return csv_text([_HEADER, *(_row(s, each) for each in place_reports(s))])


def _by_place(s: Summary, spend: Spend) -> dict[str, Decimal]:
    return {
        placed(s, key if is_place(key) else HOME, key): usd
        for key, usd in spend.by["place"].items()
    }


def _place_of(s: Summary, stop: StopSavings) -> str:
    ended = stop.entry.resource
    return placed(s, ended.place, ended.region)


def _running(report: PlaceReport) -> str:
    if not report.running:
        return "nothing is known to run" if report.unread else "nothing runs"
    more = f", and {report.unpriced} without a known price" if report.unpriced else ""
    named = (
        f"{single_line(each.usage.name, 63)} "
        f"({single_line(each.usage.labels.owner, _NAME) or "nobody's"})"
        for each in report.running
    )
    many = pluralize(len(report.running), "resource")
    return f"running now: {many}, {usd(report.usd_per_hour)} an hour{more}: {_listed(named)}"


def _found(report: PlaceReport) -> Iterator[str]:
    for case in report.cases:
        found = (f"{rule} {finding.state.value}" for rule, finding in case.findings.items())
        yield f"{single_line(case.name, 63)} ({', '.join(found)})"


def _unwatched(s: Summary, report: PlaceReport) -> Iterator[str]:
    if (seen := report.unwatched) is None:
        return
    if seen.found:
        told = (says_of(each, seen.region, s.facts.prices) for each in seen.found)
        yield f"bills and is not watched: {_listed(told)}"
    if unread := tuple(unread_of(seen)):
        yield f"could not look at {', '.join(unread)}"


def _prices(s: Summary, region: str) -> Iterator[str]:
    """Say what is not known of a Region's prices; of those of home, the foot tells."""
    prices = s.facts.prices
    if region == s.place[1]:
        return
    listed = prices.listed.get(region)
    if not prices.knows(region):
        yield f"no price of {region} is known: what ran there is in no sum"
    elif listed is None:
        yield f"AWS has not been asked for the prices of {region}: those of {BUNDLED}"
    elif not prices.was_listed(region, s.now):
        yield f"prices of {region}: as AWS listed them on {when(s, listed)}"


def _listed(said: Iterable[str]) -> str:
    return ", ".join(shortened_list(tuple(said), _LISTED))


def _row(s: Summary, report: PlaceReport) -> tuple[str | Decimal | int | None, ...]:
    account, region = account_and_region(report.place, s.place)
    own = s.policy.accounts.get(account)
    return (
        account,
        own.name if own else None,
        region,
        cents(report.spent),
        cents(report.month),
        len(report.running),
        cents(report.usd_per_hour),
        report.unpriced,
        len(report.cases),
        len(report.stops),
        when(s, report.unread) if report.unread else None,
    )
