"""An audit on the terminal: rules, owners, resources, and what could not be read."""

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.text import Text

from costguard.common.formatting import pluralize
from costguard.policy.model import Policy
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard_cli.analysis.assessment import (
    AssessedResource,
    Assessment,
    AssessmentOutcome,
    by_owner,
    is_unasked,
    of_rule,
    total_cost,
)
from costguard_cli.console import (
    BAD,
    GOOD,
    POOR,
    QUIET,
    WIDE,
    Column,
    format_full_time,
    format_time,
    heading,
    money,
    pairs,
    table,
)
from costguard_cli.console import text as shown
from costguard_cli.views.labels import cost_label, instances, outcome_label, unreadable_lines
from costguard_cli.views.studio import show_studio
from costguard_cli.views.unwatched import show_unwatched

_LISTED = 40
_ACTIONS = (AssessmentOutcome.STOP, AssessmentOutcome.HELD_BACK, AssessmentOutcome.WARN)


def show(
    console: Console, assessments: Sequence[Assessment], head: dict[str, str], *, every: bool
) -> None:
    """Print one audit; `every` also lists compliant and unknown resources."""
    rows = [row for assessment in assessments for row in assessment.rows]
    first = assessments[0]
    facts = {"as of": format_full_time(first.now, first.policy), **head}
    console.print(pairs((name, shown(value, limit=300)) for name, value in facts.items()))
    console.print(heading("Rules", "what each says now"))
    console.print(_rules(rows, first.policy))
    if any(assessment.found for assessment in assessments):
        console.print(heading("Owners", "and what their findings cost an hour"))
        console.print(_owners(rows))
    _cases(console, assessments, every=every)
    for note in dict.fromkeys(note for each in assessments for note in each.notes):
        console.print(shown(f"Note: {note}.", POOR, limit=1000))
    for each in assessments:
        show_unwatched(console, each.unwatched, each.prices)
        show_studio(console, each.studio, each.region, each.prices)
    _unseen(console, assessments)
    console.print(_totals_line(assessments))


def _rules(rows: Sequence[AssessedResource], policy: Policy) -> RenderableType:
    lines = []
    for rule in RULES:
        if rule not in policy.rules:
            lines.append([shown(rule, QUIET), Text("off", QUIET), Text(""), Text(""), Text("")])
            continue
        fails, unclear = of_rule(rows, rule)
        lines.append(
            [
                shown(rule),
                Text(policy.mode_of(rule).value),
                Text(str(len(fails)), POOR if fails else GOOD),
                Text(str(len(unclear)) if unclear else "-", POOR if unclear else QUIET),
                cost_label(total_cost(fails)),
            ]
        )
    return table(
        [
            Column("rule"),
            Column("mode"),
            Column("fail", number=True),
            Column("cannot tell", number=True),
            Column("at stake", number=True),
        ],
        lines,
    )


def _owners(rows: Sequence[AssessedResource]) -> RenderableType:
    lines = []
    for name, owned in by_owner(r for r in rows if r.evaluation.violations).items():
        known = owned[0].owner.known
        by = {outcome: [r for r in owned if r.outcome is outcome] for outcome in AssessmentOutcome}
        only_notified = (
            by[AssessmentOutcome.TELL]
            + by[AssessmentOutcome.OBSERVE]
            + by[AssessmentOutcome.STOPPING]
        )
        counts = [*(by[outcome] for outcome in _ACTIONS), only_notified]
        owner = shown(name) if name else Text("nobody known", POOR)
        if name and not known:
            owner.append(" (not in the roster)", POOR)
        numbers = [Text(str(len(c)) if c else "-", "" if c else QUIET) for c in counts]
        lines.append([owner, *numbers, cost_label(total_cost(owned))])
    heads = ("stop", "hold back", "warn", "only told")
    columns = [Column("owner"), *(Column(h, number=True) for h in heads)]
    return table([*columns, Column("at stake", number=True)], lines)


def _cases(console: Console, assessments: Sequence[Assessment], *, every: bool) -> None:
    pairs_ = [(s, r) for s in assessments for r in s.rows if every or r.evaluation.violations]
    if not pairs_:
        return
    several = len({assessment.region for assessment in assessments}) > 1
    console.print(heading("Resources", "the most serious first"))
    wide = console.width >= WIDE
    listed = pairs_ if every else pairs_[:_LISTED]
    lines = [_case(row, assessment, wide=wide, several=several) for assessment, row in listed]
    columns = [
        Column("what comes", width=13),
        Column("resource", ratio=5),
        Column("$/h", number=True),
    ]
    console.print(table([*columns, Column("why", ratio=7 if wide else 4)], lines))
    if len(pairs_) > len(listed):
        console.print(Text(f"and {len(pairs_) - len(listed)} more: --all lists them", QUIET))


def _case(
    row: AssessedResource, assessment: Assessment, *, wide: bool, several: bool
) -> list[RenderableType]:
    what = outcome_label(row.outcome)
    if row.when:
        what.append(f"\nstops {format_time(row.when, assessment.policy, assessment.now)}", QUIET)
    resource = row.resource
    name = shown(resource.name)
    place = f" · {resource.region}" if several else ""
    about = f"{KINDS[resource.kind].title} · {instances(row)}{place}"
    owner = row.owner.name or "nobody known"
    under = Group(name, shown(about, QUIET), shown(owner, QUIET))
    return [what, under, money(row.usd_per_hour), _why(row, wide=wide)]


def _why(row: AssessedResource, *, wide: bool) -> RenderableType:
    evaluation = row.evaluation
    lines: list[Text] = []
    for rule, fail in evaluation.violations.items():
        line = shown(rule)
        if wide:
            line.append("  ").append_text(shown(fail.reason, QUIET, 300))
        lines.append(line)
    lines += [shown(f"{gap.rule}: {gap.fact}", QUIET, 200) for gap in evaluation.unknowns]
    lines += [shown(f"{rule}: not asked", QUIET) for rule in sorted(evaluation.deferred)]
    return Group(*lines)


def _unseen(console: Console, assessments: Iterable[Assessment]) -> None:
    words = [(s.region, line) for s in assessments for line in unreadable_lines(s.unseen)]
    if not words:
        return
    console.print(
        heading("Could not look", "nothing is known about these; they do not count as compliant")
    )
    console.print(pairs((region, shown(line, POOR)) for region, line in words))


def _totals_line(assessments: Sequence[Assessment]) -> Text:
    rows = [row for assessment in assessments for row in assessment.rows]
    found = [row for row in rows if row.evaluation.violations]
    of = f"{len(found) or 'None'} of {pluralize(len(rows), 'running resource')}"
    line = Text("\n").append(of, BAD if found else GOOD)
    line.append(" breaks a rule" if len(found) <= 1 else " break a rule")
    if found:
        line.append(", at stake ").append_text(cost_label(total_cost(found)))
    line.append("; all together ").append_text(cost_label(total_cost(rows))).append(".")
    if unasked := sum(is_unasked(row.evaluation) for row in rows):
        notebooks = pluralize(unasked, "notebook")
        line.append(f" {notebooks} not asked: only the sweep asks Jupyter.", POOR)
    if any(assessment.unseen for assessment in assessments):
        line.append(" Not everything could be seen.", POOR)
    if any(row.usd_per_hour is None for row in rows):
        line.append(f"\nSome prices are not known here: {_of_prices(assessments)}.", QUIET)
    return line.append("\nNothing was written, sent or stopped.", QUIET)


def _of_prices(assessments: Sequence[Assessment]) -> str:
    if all(assessment.list_prices for assessment in assessments):
        return "AWS's price list does not tell them"
    return "--list-prices asks AWS for them"
