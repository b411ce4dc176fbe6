"""An audit as one HTML page that loads nothing and runs nothing."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.reports.tables import Cell, Column, Row, table
from costguard.reports.unwatched import says_of
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard_cli.analysis.assessment import AssessedResource as Found
from costguard_cli.analysis.assessment import Assessment, by_owner, of_rule, total_cost
from costguard_cli.console import format_full_time
from costguard_cli.views.labels import cost_label, instances, outcome_label, unreadable_lines
from costguard_cli.views.studio import commands_of, says_of_domain, summary_of

_CSS = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:75rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;
border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}
th{opacity:.7}.n{text-align:right;white-space:nowrap}
dt{opacity:.7}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0}
"""
_RULES = (
    Column("Rule"),
    Column("Mode"),
    Column("Fail", number=True),
    Column("Cannot tell", number=True),
    Column("$/h at stake", number=True),
)
_OWNERS = (Column("Owner"), Column("Resources", number=True), Column("$/h at stake", number=True))
_FOUND = (
    Column("What comes"),
    Column("Stops"),
    Column("Resource"),
    Column("Kind"),
    Column("Runs on"),
    Column("Owner"),
    Column("$/h", number=True),
    Column("Why"),
)


def render(assessments: Sequence[Assessment], head: Mapping[str, str]) -> str:
    """Write the page."""
    first = assessments[0]
    title = f"Costguard audit of account {head['account']}"
    facts = {"as of": format_full_time(first.now, first.policy), **head}
    listed = "".join(f"<dt>{escape(k)}<dd>{escape(single_line(v, 300))}" for k, v in facts.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><dl>{listed}</dl>{_plain(''.join(_tables(assessments)))}"
        "<p>Nothing was written, sent or stopped. Prices are list prices, estimated.</p>"
        "</main></body></html>\n"
    )


def _plain(tables: str) -> str:
    """Remove the buttons, as nothing sorts; a keyboard must reach what scrolls without them."""
    plain = tables.replace("<button>", "").replace("</button>", "")
    return plain.replace("<div class=scroll>", "<div class=scroll tabindex=0>")


def _tables(assessments: Sequence[Assessment]) -> Iterator[str]:
    rows = [row for assessment in assessments for row in assessment.rows]
    found = [(assessment, row) for assessment in assessments for row in assessment.found]
    unseen = [(s.region, words) for s in assessments for words in unreadable_lines(s.unseen)]
    if unseen:
        note = "Nothing is known about these; they do not count as compliant."
        yield table("Could not look", (Column("Region"), Column("What")), unseen, note=note)
    told = [
        (seen.region, says_of(each, seen.region, s.prices))
        for s in assessments
        if (seen := s.unwatched)
        for each in seen.found
    ]
    if told:
        note = "Nothing of this is ever stopped: ask who needs it."
        yield table("Bills and is not watched", (Column("Region"), Column("What")), told, note=note)
    domains = [
        (s.region, says_of_domain(domain), "\n".join(commands_of(domain)))
        for s in assessments
        if s.studio
        for domain in s.studio.domains
    ]
    if domains:
        note = " ".join(summary_of(s.studio) for s in assessments if s.studio)
        columns = (Column("Region"), Column("Domain"), Column("What turns it on"))
        yield table("Idle shutdown of Studio", columns, domains, note=note)
    yield table(
        "What each rule says", _RULES, [_rule(rows, assessments[0], rule) for rule in RULES]
    )
    owners = by_owner(row for _, row in found)
    yield table("Owners", _OWNERS, [_owner(*each) for each in owners.items()])
    yield table("What comes", _FOUND, [_found(*each) for each in found])


def _rule(rows: Sequence[Found], assessment: Assessment, rule: str) -> Row:
    if rule not in assessment.policy.rules:
        return (rule, "off", "", "", "")
    fails, unclear = of_rule(rows, rule)
    at = cost_label(total_cost(fails)).plain
    mode = assessment.policy.mode_of(rule).value
    return (rule, mode, str(len(fails)), str(len(unclear)), at)


def _owner(name: str, owned: Sequence[Found]) -> Row:
    return (name or "nobody known", str(len(owned)), cost_label(total_cost(owned)).plain)


def _found(assessment: Assessment, row: Found) -> Row:
    why = "; ".join(f"{rule}: {fail.reason}" for rule, fail in row.evaluation.violations.items())
    return (
        outcome_label(row.outcome).plain,
        format_full_time(row.when, assessment.policy) if row.when else "",
        row.resource.name,
        KINDS[row.resource.kind].title,
        instances(row),
        row.owner.name or "nobody known",
        _money(row.usd_per_hour),
        why,
    )


def _money(amount: Decimal | None) -> Cell:
    return ("unknown", Decimal(-1)) if amount is None else (usd(amount), amount)
