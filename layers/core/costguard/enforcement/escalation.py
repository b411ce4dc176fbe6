"""Escalation: how a finding goes from observed to warned, due and stopped, and how it is cleared.

Each finding escalates on its own; a notice names all findings of the resource.
"""

from collections.abc import Iterator, Mapping
from copy import replace
from datetime import datetime
from enum import Enum

from msgspec import Struct

from costguard.enforcement.case import Case, Finding, FindingState, undelivered_rules
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.notice_builder import build_finding, build_notice
from costguard.notifications.notice import Notice, NoticeFinding, NoticeStage
from costguard.notifications.templates import NOT_EVALUATED_REMEDY, RETURNED
from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS
from costguard.rules import RULES

_OWNER_KNOWS = {FindingState.NOTIFIED, FindingState.WARNED, FindingState.STOPPED}
_HALVED = 5  # times at most: the grace of a rule that is fixed and broken again and again


class Transition(Enum):
    """What one finding asks for now."""

    NOTHING = "nothing"
    OBSERVE = "observe"
    NOTIFY = "tell"
    WARN = "warn"
    STOP = "stop"


TRANSITIONS: Mapping[tuple[Mode, FindingState], Transition] = {
    (Mode.OBSERVE, FindingState.NONE): Transition.OBSERVE,
    (Mode.OBSERVE, FindingState.OBSERVED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.NOTIFIED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.WARNED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.DUE): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.STOPPED): Transition.OBSERVE,
    (Mode.WARN, FindingState.NONE): Transition.NOTIFY,
    (Mode.WARN, FindingState.OBSERVED): Transition.NOTIFY,
    (Mode.WARN, FindingState.NOTIFIED): Transition.NOTHING,
    (Mode.WARN, FindingState.WARNED): Transition.NOTHING,
    (Mode.WARN, FindingState.DUE): Transition.NOTHING,
    (Mode.WARN, FindingState.STOPPED): Transition.NOTIFY,
    (Mode.ENFORCE, FindingState.NONE): Transition.WARN,
    (Mode.ENFORCE, FindingState.OBSERVED): Transition.WARN,
    (Mode.ENFORCE, FindingState.NOTIFIED): Transition.WARN,
    (Mode.ENFORCE, FindingState.WARNED): Transition.NOTHING,
    (Mode.ENFORCE, FindingState.DUE): Transition.STOP,
    (Mode.ENFORCE, FindingState.STOPPED): Transition.STOP,
}
_REACHES = {
    Transition.OBSERVE: FindingState.OBSERVED,
    Transition.NOTIFY: FindingState.NOTIFIED,
    Transition.WARN: FindingState.WARNED,
}


class Escalation(Struct, frozen=True, kw_only=True):
    """The findings of one running resource after a step, the notices, and which are due."""

    case: Case
    notices: tuple[Notice, ...]
    due: Mapping[str, Finding]


def escalate(evaluation: Evaluation, case: Case, policy: Policy, *, now: datetime) -> Escalation:
    """Move every finding one step; drop the fixed ones."""
    if not evaluation.violations and not case.findings:
        return Escalation(case=case, notices=(), due={})  # nearly everything, in every sweep
    moves = {rule: _move(rule, evaluation, case, policy, now) for rule in evaluation.violations}
    fresh = {rule: _begin(rule, evaluation, case, policy, now) for rule in evaluation.violations}
    due = {rule: finding for rule, finding in fresh.items() if moves[rule] is Transition.STOP}
    case, cleared = _clear_fixed(evaluation, case)
    reached = {
        rule: move
        for rule, move in moves.items()
        if move in _REACHES and (move is Transition.OBSERVE or not due)
    }
    moved = {rule: _reach(fresh[rule], move) for rule, move in reached.items()}
    findings = {**case.findings, **moved}
    open_now = {
        rule: findings[rule] for rule in moves if rule in findings
    }  # due ones may have none
    notices = tuple(
        build_notice(stage, evaluation.resource, about, policy, now=now, stops=case.stops)
        for stage, about in _stages(set(reached.values()), open_now, cleared)
    )
    return Escalation(case=replace(case, findings=findings), notices=notices, due=due)


def _reach(fresh: Finding, move: Transition) -> Finding:
    """Bring a finding to the state that a transition leads to; only a warning has a deadline."""
    moved = replace(fresh, state=_REACHES[move])
    return replace(moved, deadline=None) if move is Transition.NOTIFY else moved


def _stages(
    moves: set[Transition], open_now: Mapping[str, Finding], cleared: list[NoticeFinding]
) -> Iterator[tuple[NoticeStage, list[NoticeFinding]]]:
    """Yield the stage of each notice, with the findings that it names."""
    if cleared:
        yield NoticeStage.ALL_CLEAR, cleared
    if Transition.OBSERVE in moves:
        yield NoticeStage.WOULD_STOP, _named(open_now, {FindingState.OBSERVED})
    if {Transition.NOTIFY, Transition.WARN} & moves:
        yield NoticeStage.WARNING, _named(open_now, _OWNER_KNOWS)


def report_unknowns(
    evaluation: Evaluation, case: Case, policy: Policy, *, now: datetime
) -> Escalation:
    """Report every rule that could not be evaluated to the admins, once each."""
    if not evaluation.unknowns and not case.gaps:
        return Escalation(case=case, notices=(), due={})
    gaps = {unknown.rule: unknown for unknown in evaluation.unknowns if unknown.loud}
    new = [
        build_finding(rule, gap.fact, NOT_EVALUATED_REMEDY)
        for rule, gap in gaps.items()
        if rule not in case.gaps
    ]
    case = replace(case, gaps=tuple(sorted(gaps)))
    if not new:
        return Escalation(case=case, notices=(), due={})
    notice = build_notice(NoticeStage.FAILED, evaluation.resource, new, policy, now=now)
    return Escalation(case=case, notices=(notice,), due={})


def stopped_findings(case: Case) -> list[NoticeFinding]:
    """List what the resource was stopped for."""
    return _named(case.findings, {FindingState.STOPPED})


def _move(
    rule: str, evaluation: Evaluation, case: Case, policy: Policy, now: datetime
) -> Transition:
    """Look the finding up in the table; a warning without any grace is a stop."""
    finding, fail = case.findings.get(rule), evaluation.violations[rule]
    known = finding is not None and finding.cause == fail.cause
    kind = KINDS[evaluation.resource.kind]
    state = finding.at(now) if finding and known else FindingState.NONE
    move = TRANSITIONS[policy.mode_of(rule, kind), state]
    grace = policy.grace_of(rule, kind.name)
    if move is Transition.WARN and not grace:
        move = Transition.STOP
    early = fail.not_before is not None and now < fail.not_before
    early |= (
        finding is not None
        and finding.state is FindingState.WARNED
        and rule in undelivered_rules(case)
    )
    return Transition.NOTHING if move is Transition.STOP and early else move


def _begin(rule: str, evaluation: Evaluation, case: Case, policy: Policy, now: datetime) -> Finding:
    """Begin the grace period; each return of a fixed violation has half as much."""
    fail, returns = evaluation.violations[rule], case.returns.get(rule, 0)
    deadline = now + policy.grace_of(rule, evaluation.resource.kind) / 2 ** min(returns, _HALVED)
    return Finding(
        state=FindingState.NONE,
        since=now,
        reason=fail.reason + (RETURNED if returns else ""),
        remedy=fail.remedy,
        deadline=max(deadline, fail.not_before or deadline),
        cause=fail.cause,
    )


def _clear_fixed(evaluation: Evaluation, case: Case) -> tuple[Case, list[NoticeFinding]]:
    """Drop what was fixed; list it for an all-clear, unless the owner has to fix more."""
    open_still = evaluation.violations.keys() | evaluation.unanswered
    fixed = {rule: finding for rule, finding in case.findings.items() if rule not in open_still}
    remaining = {rule: finding for rule, finding in case.findings.items() if rule in open_still}
    known = {rule: finding for rule, finding in fixed.items() if finding.state in _OWNER_KNOWS}
    cleared = [_named_finding(rule, finding) for rule, finding in known.items()]
    undone = {r: case.returns.get(r, 0) + 1 for r in known if r in RULES and RULES[r].undone}
    waiting = any(finding.state in _OWNER_KNOWS for finding in remaining.values())
    case = replace(case, findings=remaining, returns={**case.returns, **undone})
    return case, [] if waiting else cleared


def _named_finding(rule: str, finding: Finding) -> NoticeFinding:
    return build_finding(rule, finding.reason, finding.remedy, finding.deadline)


def _named(findings: Mapping[str, Finding], states: set[FindingState]) -> list[NoticeFinding]:
    return [_named_finding(rule, each) for rule, each in findings.items() if each.state in states]
