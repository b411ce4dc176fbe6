"""The summary as one self-contained HTML page.

The page loads nothing: its policy makes the browser refuse that, and run only the two scripts with
the stated hashes. Text of users is escaped, and isolated for its own direction.
"""

import base64
import hashlib
import json
from html import escape
from string import Template

from msgspec import Struct

from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.reports.charts import charts
from costguard.reports.page_tables import tables_of
from costguard.reports.phrases import (
    NOT_METERED,
    days,
    difference,
    forecast_says,
    summary_subject,
    when,
    where,
)
from costguard.reports.summary import Summary


class Assets(Struct, frozen=True):
    """The parts of the page."""

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
        tables="\n".join(tables_of(summary)),
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
    billed = ("not known", f"billed: {single_line(s.facts.bill_problem, 200)}")
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


def _foot(s: Summary) -> str:
    lines = [
        f"Estimated: metered usage times list price; not metered are {NOT_METERED}.",
        f"Prices: {s.facts.prices.age}.",
        *(f"Not asked: {problem}" for problem in s.facts.problems),
    ]
    if bill := s.facts.bill:
        gap = f" {pluralize(bill.unreadable, 'group')} of its answer: unreadable, not in any sum."
        lines.append(
            f"Billed: Cost Explorer; asking it cost {usd(bill.asking)}."
            + (gap if bill.unreadable else "")
        )
    return "".join(f"<p>{escape(single_line(line, 400))}</p>" for line in lines)
