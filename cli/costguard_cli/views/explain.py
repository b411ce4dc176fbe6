"""One resource on the terminal: facts, every rule's answer, the ledger's history, the next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from costguard.common.formatting import pluralize
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
    full_clock,
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
    """All that can be said of one resource."""

    row: AssessedResource
    known: Evidence
    basis: AnalysisContext
    history: tuple[AuditEntry, ...]
    creator: str | None
    unseen: tuple[Unreadable, ...]


def show(console: Console, said: Explained) -> None:
    """Print it."""
    row, policy, now = said.row, said.known.policy, said.known.now
    console.print(Text.assemble((f"{KINDS[row.resource.kind].title} ", QUIET)), end="")
    console.print(shown(row.resource.name, "bold"))
    console.print(pairs(_head(said)))
    console.print(heading("Rules", f"by the policy {said.basis.source}"))
    answers = [_answer(rule, said) for rule in RULES]
    console.print(table([Column("rule"), Column("answer"), Column("because", ratio=1)], answers))
    for rule, fail in row.evaluation.violations.items():
        console.print(heading("What to do", rule))
        console.print(lines(fail.remedy), soft_wrap=True)  # to be copied whole
    console.print(heading("History"))
    console.print(pairs(_history(said)))
    if said.unseen:
        console.print(heading("Could not look", "nothing is known of these"))
        for words in unreadable_lines(said.unseen):
            console.print(shown(words, POOR))
    console.print(heading("What comes next"))
    console.print(outcome_label(row.outcome), Text("", end=" "), Text(next_step(row, policy, now)))


def answers(said: Explained) -> dict[str, tuple[str, str]]:
    """Answer every rule's word, and why."""
    return {rule: _said(rule, said) for rule in RULES}


def as_dict(said: Explained) -> dict[str, Any]:
    """Write it for machines."""
    policy, now = said.known.policy, said.known.now
    return {
        **dump_row(said.row),
        "policy": said.basis.source,
        "rules": {
            rule: {
                "answer": word,
                "because": why,
                "facts": evidence_for(rule, said.known) if rule in policy.rules else None,
            }
            for rule, (word, why) in answers(said).items()
        },
        "history": [{"time": a.time.isoformat(), "what": a.what} for a in said.history],
        "created_by": said.creator,
        "could_not_look": unreadable_lines(said.unseen),
        "next": next_step(said.row, policy, now),
    }


def _head(said: Explained) -> Iterator[tuple[RenderableType, RenderableType]]:
    row, policy = said.row, said.known.policy
    resource, owner = row.resource, row.owner
    yield "arn", shown(resource.arn, limit=300)
    yield "status", Text(resource.status.value)
    yield "runs on", Text(machines(resource).removeprefix("it runs on "))
    if resource.status is ResourceStatus.RUNNING:
        yield "age", Text(age(resource, said.known.now).removeprefix("it has run for "))
    yield "tags", shown(tags(resource), limit=1000)
    known = "" if owner.known else " (not in the roster)"
    yield "owner", shown(f"{owner.name}{known}" if owner.name else "nobody known")
    if said.creator:
        yield "made by", shown(said.creator)
    yield "$/h", money(row.usd_per_hour)
    yield "as of", Text(full_clock(said.known.now, policy))


def _answer(rule: str, said: Explained) -> list[RenderableType]:
    word, why = _said(rule, said)
    asked = rule in said.known.policy.rules
    because = [shown(why, limit=500)] if why else []
    if asked and (looked_at := evidence_for(rule, said.known)):
        because.append(shown(looked_at, QUIET, 500))
    return [
        Text(rule, "" if asked else QUIET),
        Text(word, _STYLES.get(word, QUIET)),
        Group(*because),
    ]


def _said(rule: str, said: Explained) -> tuple[str, str]:
    """Find the rule's word in the judgement; a rule in none of its sets is satisfied."""
    judgement, policy = said.row.evaluation, said.known.policy
    gaps = {gap.rule: gap.fact for gap in judgement.unknowns}
    if rule not in policy.rules:
        return "off", ""
    if rule in judgement.violations:
        return "fail", judgement.violations[rule].reason
    if rule in gaps:
        return "cannot tell", gaps[rule]
    if rule in judgement.deferred:
        return (
            "not asked",
            "" if judgement.resource.status is ResourceStatus.RUNNING else "it does not run",
        )
    if policy.exempts(judgement.resource, rule, said.known.now):
        return "exempt", "the policy exempts it"
    return "pass", ""


def _history(said: Explained) -> Iterator[tuple[RenderableType, RenderableType]]:
    policy, case = said.known.policy, said.row.plan.before
    if said.basis.stack is None:
        yield Text("-"), Text("no stack is deployed, so there is no ledger", QUIET)
        return
    if case:
        for rule, mark in case.findings.items():
            yield Text(rule), shown(f"{describe_finding(mark, policy)}: {mark.reason}", limit=400)
        if case.stopping:
            yield Text("stopping"), Text(f"asked for {full_clock(case.stopping, policy)}")
        yield Text("stopped"), Text(f"{pluralize(case.stops, 'time')} so far")
    for action in said.history[-_LATEST:]:
        yield Text(full_clock(action.time, policy)), shown(action.what)
    if not (case or said.history):
        yield Text("-"), Text("the ledger knows nothing of it", QUIET)
