"""The summary as one self-contained HTML page. Pure.

Nothing is loaded from anywhere: the browser is told to refuse it, and to run no script but the two
that are named by their hashes. What users wrote is escaped, and isolated for its own direction.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from string import Template
from typing import Any

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.costs.budgets import exhausted_at
from costguard.costs.spend import HOURS_A_MONTH
from costguard.reports.charts import NOBODY, charts
from costguard.reports.savings import FORMULA
from costguard.reports.summary import Summary
from costguard.reports.tables import Cell, Column, Row, table
from costguard.reports.text import (
    NOT_METERED,
    days,
    difference,
    dimensions,
    elsewhere,
    forecast_says,
    summary_subject,
    when,
    where,
)


@dataclass(frozen=True, slots=True)
class Assets:
    """What the page is made of."""

    html: str
    css: str
    script: str
    chart_js: str


def render(summary: Summary, assets: Assets) -> str:
    """Write the page."""
    data = json.dumps(charts(summary), default=float).replace("<", "\\u003c")
    scripts = " ".join(_hash(each) for each in (assets.chart_js, assets.script))
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src {_hash(assets.css)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return Template(assets.html).substitute(
        policy=policy,
        css=assets.css,
        title=escape(summary_subject(summary)),
        head=_head(summary),
        cards=_cards(summary),
        tables="\n".join(_tables(summary)),
        foot=_foot(summary),
        data=data,
        chart_js=assets.chart_js,
        script=assets.script,
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _head(s: Summary) -> str:
    line = f"{days(s)} · account {where(s)} · as of {when(s, s.now)}"
    return f"<h1>{escape(summary_subject(s))}</h1><p>{escape(line)}</p>"


def _cards(s: Summary) -> str:
    bill = s.facts.bill
    billed = ("not known", f"billed: {single_line(s.facts.no_bill, 200)}")
    if bill:
        said = f"billed for what is metered; {difference(s, bill)} against the meter"
        billed = (usd(bill.metered), said)
    cards = [
        (usd(s.spend.usd), "this period, estimated"),
        (usd(s.month.usd), "month to date, estimated"),
        (usd(s.forecast), f"forecast: {forecast_says(s)}"),
        (f"{usd(s.usd_per_hour)}/h", f"{len(s.running)} running now, estimated"),
        (usd(s.avoided), f"avoided by {len(s.stops)} stops, estimated"),
        billed,
    ]
    made = (f"<div><b>{escape(big)}</b><span>{escape(small)}</span></div>" for big, small in cards)
    return "".join(made)


def _tables(s: Summary) -> Iterable[str]:
    for title, dimension in {**dimensions(s), "purpose": "purpose"}.items():
        ranked = sorted(s.spend.by[dimension].items(), key=lambda item: -item[1])
        rows = [(_name(name), _money(amount)) for name, amount in ranked if amount]
        yield table(f"By {title}, this period (estimated)", _SPENT, rows)
    yield table("Running now (estimated)", _RUNS, _running(s))
    yield table("Budgets of this month (estimated)", _BUDGETS, _budget_rows(s))
    yield table("Stopped (estimated)", _STOPS, _stop_rows(s), note=f"avoided = {FORMULA}")
    volumes = f"a month of {HOURS_A_MONTH} hours"
    yield table("Volumes of stopped notebooks (estimated)", _STORED, _stored(s), note=volumes)
    yield table("Exemptions in force", _EXEMPT, _exempt(s))
    yield table("Held back, or cannot be judged", _ATTENTION, _attention(s))
    if bill := s.facts.bill:
        types = sorted(bill.usage_types.items(), key=lambda item: -item[1])
        rows = [(name, _money(amount)) for name, amount in types]
        title = f"Billed by usage type, {bill.since} up to and without {bill.until}"
        yield table(title, (Column("Usage type"), _USD), rows)


_USD = Column("USD", number=True)
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
            + elsewhere(s, r.usage.region),
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
        end = exhausted_at(used, s.standing)
        says = "now" if used.is_over else when(s, end) if end else "not this month"
        percent = (f"{used.percent}", Decimal(used.percent))
        whose = f"{used.dimension} {used.name}"
        rows.append((whose, percent, _money(used.spent), _money(used.limit), says))
    return rows


def _stop_rows(s: Summary) -> list[Row]:
    return [
        (
            stop.action.ref.name + elsewhere(s, stop.action.resource.region),
            (when(s, stop.action.time), Decimal(stop.action.time.timestamp())),
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


def _when(moment: Any) -> Decimal:
    return Decimal(moment.timestamp())


def _attention(s: Summary) -> list[Row]:
    unpriced = {**s.month.unpriced, **s.spend.unpriced}
    return [
        *((case.name, "due, and held back by the brake") for case in s.held),
        *((case.name, f"not known: {', '.join(case.gaps)}") for case in s.blind),
        *((what, "no price is known: in no sum") for what in unpriced),
    ]


def _money(amount: Decimal | None) -> Cell:
    return ("unpriced", Decimal(-1)) if amount is None else (usd(amount), amount)


def _name(name: str) -> str:
    return name or NOBODY


def _foot(s: Summary) -> str:
    lines = [
        f"Estimated: metered usage times list price; not metered are {NOT_METERED}.",
        f"Prices: {s.facts.prices.age}.",
        *(f"Not asked: {problem}" for problem in s.facts.problems),
    ]
    if bill := s.facts.bill:
        lines.append(f"Billed: Cost Explorer; asking it cost {usd(bill.asking)}.")
    return "".join(f"<p>{escape(single_line(line, 400))}</p>" for line in lines)
