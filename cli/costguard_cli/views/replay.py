"""A dry run on the terminal: each event, and what the guard would do about it."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from costguard.common.formatting import pluralize
from costguard.notifications.schema import encode_notice
from costguard.resources.events import IgnoredEvent, parse_event
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.dry_run import Decision
from costguard_cli.console import BAD, POOR, QUIET, Column, table
from costguard_cli.console import text as shown

_OUTCOMES = {
    "looked": "evaluated: nothing new",
    "due": "due",
    "gone": "nothing known about it",
    "unknown-name": "nothing known about it",
    "ignored-detail-type": "not relevant",
    "ignored-status": "not relevant",
    "ignored-call": "not relevant",
    "unreadable": "cannot be read",
}
_STAGES = {"would-stop": QUIET, "all-clear": QUIET}


def show(console: Console, decisions: Sequence[Decision], context: AnalysisContext) -> None:
    """Print the decision about each event."""
    console.print(shown(f"By the policy {context.source}", QUIET))
    columns = [Column("event", ratio=1), Column("would", ratio=1)]
    console.print(table(columns, [_line(each) for each in decisions]))
    notices = sum(len(each.notices) for each in decisions)
    stops = sum(len(each.stops) for each in decisions)
    events = pluralize(len(decisions), "event")
    line = f"{events}: {pluralize(notices, 'notice')}, {pluralize(stops, 'stop')}."
    console.print(Text(line))
    console.print(Text("Nothing was written, sent or stopped.", QUIET))


def as_dict(each: Decision) -> dict[str, Any]:
    """Encode one decision as JSON."""
    return {
        "id": each.event.get("id"),
        "time": each.event.get("time"),
        "outcome": each.outcome,
        "notices": [encode_notice(notice) for notice in each.notices],
        "stops": [{"kind": ref.kind, "name": ref.name} for ref in each.stops],
        "problems": each.problems,
    }


def _line(each: Decision) -> list[RenderableType]:
    return [Group(*_event(each)), Group(*_consequences(each))]


def _event(each: Decision) -> list[Text]:
    label = str(each.event.get("detail-type", "unknown")).removeprefix("SageMaker ")
    detail = each.event.get("detail")
    if isinstance(detail, dict) and detail.get("eventName"):
        label = str(detail["eventName"])
    parsed = None if each.problems else parse_event(each.event)
    name = parsed.ref.name if parsed and not isinstance(parsed, IgnoredEvent) else ""
    when = str(each.event.get("time", ""))[:19].replace("T", " ")
    return [*([shown(name)] if name else []), shown(f"{when} {label}", QUIET)]


def _consequences(each: Decision) -> list[Text]:
    lines = [
        Text.assemble(("stop ", BAD), "after enforce has evaluated it again") for _ in each.stops
    ]
    for notice in each.notices:
        head = Text(f"{notice.stage} ", _STAGES.get(notice.stage, POOR))
        lines.append(head.append_text(shown(notice.rule)))
        lines += [shown(f"  {finding.reason}", QUIET, 300) for finding in notice.findings]
    lines += [shown(problem, BAD, 300) for problem in each.problems]
    return lines or [Text(_OUTCOMES.get(each.outcome, each.outcome), QUIET)]
