"""The tables of the page, their columns and rows."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from costguard.common.formatting import usd
from costguard.costs.aws_budgets import AwsBudget
from costguard.costs.budgets import exhausted_at
from costguard.costs.pricing import HOURS_A_MONTH
from costguard.reports.aws_budgets import says_of_budget, without_rows
from costguard.reports.charts import NOBODY
from costguard.reports.course_table import course_table
from costguard.reports.phrases import (
    billed_accounts,
    credit_line,
    dimensions,
    elsewhere,
    named_case,
    no_credits,
    of_home_alone,
    past_credits,
    titled,
    when,
)
from costguard.reports.places import place_lines, place_reports
from costguard.reports.savings import FORMULA
from costguard.reports.summary import Summary
from costguard.reports.tables import Cell, Column, Row, table
from costguard.reports.unwatched import says_of, unread_of


def tables_of(s: Summary) -> Iterator[str]:
    """Write every table of the page, in its order."""
    for title, dimension in {**dimensions(s), "purpose": "purpose"}.items():
        ranked = sorted(s.spend.by[dimension].items(), key=lambda item: -item[1])
        rows = [(_name(name), _money(amount)) for name, amount in ranked if amount]
        yield table(f"By {title}, this period (estimated)", _SPENT, rows)
    yield table("Running now (estimated)", _RUNS, _running(s))
    yield table("Budgets of this month (estimated)", _BUDGETS, _budget_rows(s))
    own = s.facts.aws_budgets
    aws = [*map(_aws_budget_row, own.budgets), *((each, "") for each in without_rows(own))]
    home = of_home_alone(s)
    yield table("AWS's own budgets (by its bill)", _AWS_BUDGETS, aws, note=home)
    yield from map(course_table, s.courses)
    left = [(credit_line(s, each),) for each in s.credits]
    left += [(none,)] if (none := no_credits(s)) else []
    left += [(line,) for line in past_credits(s)]
    yield table("Credits of the account", (Column("Credit"),), left, note=home)
    yield table("Stopped (estimated)", _STOPS, _stop_rows(s), note=f"avoided = {FORMULA}")
    volumes = f"a month of {HOURS_A_MONTH} hours"
    yield table("Volumes of what does not run (estimated)", _STORED, _stored(s), note=volumes)
    yield from _places(s)
    yield table("Exemptions in force", _EXEMPT, _exempt(s))
    yield table("Held back, or not evaluated", _ATTENTION, _attention(s))
    if bill := s.facts.bill:
        types = sorted(bill.usage_types.items(), key=lambda item: -item[1])
        rows = [(name, _money(amount)) for name, amount in types]
        title = f"Billed by usage type, {bill.since} up to and without {bill.until}"
        yield table(title, (Column("Usage type"), _USD), rows, note=billed_accounts(s, bill))


def _places(s: Summary) -> Iterator[str]:
    """Write a table for each place; of a single one, what is only told of."""
    told = place_reports(s)
    for each in told:
        lines = [(line,) for line in place_lines(s, each)]
        yield table(f"Account {titled(s, each.place)}", _WHAT, lines)
    if (seen := s.facts.unwatched) and not told:
        rows = [(says_of(each, seen.region, s.facts.prices),) for each in seen.found]
        rows += [(f"could not look at {each}",) for each in unread_of(seen)]
        yield table("Bills and is not watched", _WHAT, rows)


_USD = Column("USD", number=True)
_WHAT = (Column("What"),)
_SPENT = (Column("Name"), _USD)
_RUNS = (
    Column("Name"),
    Column("Kind"),
    Column("Owner"),
    Column("Project"),
    Column("Since"),
    Column("USD an hour", number=True),
    Column("so far", number=True),
)
_BUDGETS = (
    Column("Budget"),
    Column("used %", number=True),
    Column("USD", number=True),
    Column("of", number=True),
    Column("Used up"),
)
_AWS_BUDGETS = (Column("Budget"), Column("used %", number=True))
_STOPS = (Column("Name"), Column("Stopped"), Column("Counted to"), Column("avoided", number=True))
_STORED = (
    Column("Notebook"),
    Column("Owner"),
    Column("GB", number=True),
    Column("USD a month", number=True),
)
_EXEMPT = (Column("Names"), Column("Until"), Column("By"), Column("Why"))
_ATTENTION = (Column("Name"), Column("What"))


def _running(s: Summary) -> list[Row]:
    return [
        (
            r.usage.name,
            r.usage.component
            + (" (spot: at most)" if r.usage.spot else "")
            + elsewhere(s, r.usage.region, r.usage.ref.place),
            _name(r.usage.labels.owner),
            _name(r.usage.labels.project),
            (when(s, r.usage.start), Decimal(r.usage.start.timestamp())),
            _money(r.usd_per_hour),
            _money(r.usd_so_far),
        )
        for r in s.running
    ]


def _budget_rows(s: Summary) -> list[Row]:
    rows: list[Row] = []
    for used in s.budgets:
        end = exhausted_at(used, s.spend_to_date)
        says = "now" if used.is_over else when(s, end) if end else "not this month"
        percent = (f"{used.percent}", Decimal(used.percent))
        whose = f"{used.dimension} {used.name}"
        rows.append((whose, percent, _money(used.spent), _money(used.limit), says))
    return rows


def _aws_budget_row(each: AwsBudget) -> Row:
    used = each.percent
    return says_of_budget(each), ("unknown", Decimal(-1)) if used is None else (
        f"{used}",
        Decimal(used),
    )


def _stop_rows(s: Summary) -> list[Row]:
    return [
        (
            stop.entry.ref.name
            + elsewhere(s, stop.entry.resource.region, stop.entry.resource.place),
            (when(s, stop.entry.time), Decimal(stop.entry.time.timestamp())),
            when(s, stop.until),
            _money(stop.usd),
        )
        for stop in s.stops
    ]


def _stored(s: Summary) -> list[Row]:
    return [
        (
            v.usage.name,
            _name(v.usage.labels.owner),
            (str(v.usage.volume_gb), Decimal(v.usage.volume_gb or 0)),
            _money(v.usd_per_month),
        )
        for v in s.stored
    ]


def _exempt(s: Summary) -> list[Row]:
    return [
        (
            ", ".join(e.names),
            (when(s, e.until) + (", soon" if s.expires_soon(e) else ""), _when(e.until)),
            e.by,
            e.why,
        )
        for e in s.exemptions
    ]


def _when(moment: datetime) -> Decimal:
    return Decimal(moment.timestamp())


def _attention(s: Summary) -> list[Row]:
    unpriced = {**s.month.unpriced, **s.spend.unpriced}
    tokens = sorted(s.spend.tokens.items(), key=lambda item: (-item[1], item[0]))
    return [
        *((named_case(s, case), "due, and held back by the brake") for case in s.held),
        *((named_case(s, case), f"not known: {', '.join(case.gaps)}") for case in s.unevaluated),
        *((what, "no price is known: not in any sum") for what in unpriced),
        *((_name(who), f"{count:,} billed tokens, without a known price") for who, count in tokens),
    ]


def _money(amount: Decimal | None) -> Cell:
    return ("unpriced", Decimal(-1)) if amount is None else (usd(amount), amount)


def _name(name: str) -> str:
    return name or NOBODY
