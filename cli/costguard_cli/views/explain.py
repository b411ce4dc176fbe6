"""One resource on the terminal: facts, the result of each rule, history, next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.enforcement.audit import AuditEntry
from costguard.resources.model import ResourceStatus
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard_cli.analysis.assessment import AssessedResource, Unreadable
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.evidence import Evidence, age, evidence_for, machines, tags
from costguard_cli.analysis.next_step import describe_finding, next_step
from costguard_cli.console import (
    BAD,
    GOOD,
    POOR,
    QUIET,
    Column,
    format_full_time,
    heading,
    lines,
    money,
    pairs,
    table,
)
from costguard_cli.console import text as shown
from costguard_cli.views.audit_json import dump_row
from costguard_cli.views.labels import outcome_label, unreadable_lines

_LATEST = 20  # of the ledger's history
_STYLES = {"pass": GOOD, "fail": BAD, "cannot tell": POOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The explanation of one resource."""

    row: AssessedResource
    evidence: Evidence
    context: AnalysisContext
    history: tuple[AuditEntry, ...]
    creator: str | None
    unseen: tuple[Unreadable, ...]


def show(console: Console, explained: Explained) -> None:
    """Print it."""
    row, policy, now = explained.row, explained.evidence.policy, explained.evidence.now
    console.print(Text.assemble((f"{KINDS[row.resource.kind].title} ", QUIET)), end="")
    console.print(shown(row.resource.name, "bold"))
    console.print(pairs(_head(explained)))
    console.print(heading("Rules", f"by the policy {explained.context.source}"))
    answers = [_answer(rule, explained) for rule in RULES]
    console.print(table([Column("rule"), Column("answer"), Column("because", ratio=1)], answers))
    for rule, fail in row.evaluation.violations.items():
        console.print(heading("What to do", rule))
        console.print(lines(fail.remedy), soft_wrap=True)  # to be copied whole
    console.print(heading("History"))
    console.print(pairs(_history(explained)))
    if explained.unseen:
        console.print(heading("Could not look", "nothing is known about these"))
        for words in unreadable_lines(explained.unseen):
            console.print(shown(words, POOR))
    console.print(heading("What comes next"))
    console.print(outcome_label(row.outcome), Text("", end=" "), Text(next_step(row, policy, now)))


def answers(explained: Explained) -> dict[str, tuple[str, str]]:
    """Return the result of each rule, and its reason."""
    return {rule: _rule_answer(rule, explained) for rule in RULES}


def as_dict(explained: Explained) -> dict[str, Any]:
    """Write it for machines."""
    policy, now = explained.evidence.policy, explained.evidence.now
    return {
        **dump_row(explained.row),
        "policy": explained.context.source,
        "rules": {
            rule: {
                "answer": word,
                "because": why,
                "facts": evidence_for(rule, explained.evidence) if rule in policy.rules else None,
            }
            for rule, (word, why) in answers(explained).items()
        },
        "history": [{"time": a.time.isoformat(), "what": a.what} for a in explained.history],
        "created_by": explained.creator,
        "could_not_look": unreadable_lines(explained.unseen),
        "next": next_step(explained.row, policy, now),
    }


def _head(explained: Explained) -> Iterator[tuple[RenderableType, RenderableType]]:
    row, policy = explained.row, explained.evidence.policy
    resource, owner = row.resource, row.owner
    yield "arn", shown(resource.arn, limit=300)
    yield "status", Text(resource.status.value)
    yield "runs on", Text(machines(resource).removeprefix("it runs on "))
    if resource.status is ResourceStatus.RUNNING:
        yield "age", Text(age(resource, explained.evidence.now).removeprefix("it has run for "))
    yield "tags", shown(tags(resource), limit=1000)
    known = "" if owner.known else " (not in the roster)"
    yield "owner", shown(f"{owner.name}{known}" if owner.name else "nobody known")
    if explained.creator:
        yield "made by", shown(explained.creator)
    yield "$/h", money(row.usd_per_hour)
    yield "as of", Text(format_full_time(explained.evidence.now, policy))


def _answer(rule: str, explained: Explained) -> list[RenderableType]:
    word, why = _rule_answer(rule, explained)
    asked = rule in explained.evidence.policy.rules
    because = [shown(why, limit=500)] if why else []
    if asked and (looked_at := evidence_for(rule, explained.evidence)):
        because.append(shown(looked_at, QUIET, 500))
    return [
        Text(rule, "" if asked else QUIET),
        Text(word, _STYLES.get(word, QUIET)),
        Group(*because),
    ]


def _rule_answer(rule: str, explained: Explained) -> tuple[str, str]:
    """Return a rule's result and reason; a rule in no set of the evaluation passes."""
    evaluation, policy = explained.row.evaluation, explained.evidence.policy
    gaps = {gap.rule: gap.fact for gap in evaluation.unknowns}
    if rule not in policy.rules:
        return "off", ""
    if rule in evaluation.violations:
        return "fail", evaluation.violations[rule].reason
    if rule in gaps:
        return "cannot tell", gaps[rule]
    if rule in evaluation.deferred:
        return (
            "not asked",
            "" if evaluation.resource.status is ResourceStatus.RUNNING else "it does not run",
        )
    if rule in evaluation.exempt:
        return "exempt", _exempt(rule, explained)
    return "pass", ""


def _exempt(rule: str, explained: Explained) -> str:
    """Say until when, who exempts it, and why."""
    evidence, resource = explained.evidence, explained.row.evaluation.resource
    policy, until = evidence.policy, explained.row.evaluation.exempt[rule]
    given = [e for e in policy.exemptions if e.until == until and e.names_it(resource, rule)]
    who = "; ".join(single_line(f"by {each.by}: {each.why}", 200) for each in given)
    return f"until {format_full_time(until, policy)}, {who}"


def _history(explained: Explained) -> Iterator[tuple[RenderableType, RenderableType]]:
    policy, case = explained.evidence.policy, explained.row.plan.before
    if explained.context.stack is None:
        yield Text("-"), Text("no stack is deployed, so there is no ledger", QUIET)
        return
    if case:
        for rule, finding in case.findings.items():
            yield (
                Text(rule),
                shown(f"{describe_finding(finding, policy)}: {finding.reason}", limit=400),
            )
        if case.stopping:
            yield Text("stopping"), Text(f"asked for {format_full_time(case.stopping, policy)}")
        yield Text("stopped"), Text(f"{pluralize(case.stops, 'time')} so far")
    for action in explained.history[-_LATEST:]:
        yield Text(format_full_time(action.time, policy)), shown(action.what)
    if not (case or explained.history):
        yield Text("-"), Text("the ledger has no entry for it", QUIET)
