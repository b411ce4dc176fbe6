"""The ladder one finding climbs: seen, warned, due, stopped, forgiven. Pure.

Each finding climbs on its own; what the owner hears is said once for the whole resource.
"""

from collections.abc import Mapping
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

_TOLD = {
    FindingState.TOLD,
    FindingState.WARNED,
    FindingState.STOPPED,
}  # stages in which the owner has heard
_HALVED = 5  # times at most, of a grace that somebody plays with


class Transition(Enum):
    """What one finding asks for now."""

    NOTHING = "nothing"
    OBSERVE = "observe"
    TELL = "tell"
    WARN = "warn"
    STOP = "stop"


TRANSITIONS: Mapping[tuple[Mode, FindingState], Transition] = {
    (Mode.OBSERVE, FindingState.NONE): Transition.OBSERVE,
    (Mode.OBSERVE, FindingState.OBSERVED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.TOLD): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.WARNED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.DUE): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.STOPPED): Transition.OBSERVE,
    (Mode.WARN, FindingState.NONE): Transition.TELL,
    (Mode.WARN, FindingState.OBSERVED): Transition.TELL,
    (Mode.WARN, FindingState.TOLD): Transition.NOTHING,
    (Mode.WARN, FindingState.WARNED): Transition.NOTHING,
    (Mode.WARN, FindingState.DUE): Transition.NOTHING,
    (Mode.WARN, FindingState.STOPPED): Transition.TELL,
    (Mode.ENFORCE, FindingState.NONE): Transition.WARN,
    (Mode.ENFORCE, FindingState.OBSERVED): Transition.WARN,
    (Mode.ENFORCE, FindingState.TOLD): Transition.WARN,
    (Mode.ENFORCE, FindingState.WARNED): Transition.NOTHING,
    (Mode.ENFORCE, FindingState.DUE): Transition.STOP,
    (Mode.ENFORCE, FindingState.STOPPED): Transition.STOP,
}
_REACHES = {
    Transition.OBSERVE: FindingState.OBSERVED,
    Transition.TELL: FindingState.TOLD,
    Transition.WARN: FindingState.WARNED,
}


class Escalation(Struct, frozen=True, kw_only=True):
    """Where the findings of one running resource stand now, what to say, and which are due."""

    case: Case
    notices: tuple[Notice, ...]
    due: Mapping[str, Finding]


def escalate(judgement: Evaluation, case: Case, policy: Policy, *, now: datetime) -> Escalation:
    """Move every finding one step; drop the fixed ones."""
    resource, stops = judgement.resource, case.stops
    moves = {rule: _move(rule, judgement, case, policy, now) for rule in judgement.violations}
    fresh = {rule: _begin(rule, judgement, case, policy, now) for rule in judgement.violations}
    due = {rule: finding for rule, finding in fresh.items() if moves[rule] is Transition.STOP}

    def say(stage: NoticeStage, points: list[NoticeFinding]) -> Notice:
        return build_notice(stage, resource, points, policy, now=now, stops=stops)

    case, cleared = _forgive(judgement, case)
    steps = {
        r: m for r, m in moves.items() if m in _REACHES and (m is Transition.OBSERVE or not due)
    }
    findings = dict(case.findings) | {
        r: replace(fresh[r], state=_REACHES[m]) for r, m in steps.items()
    }
    for rule, move in steps.items():
        if move is Transition.TELL:
            findings[rule] = replace(findings[rule], deadline=None)
    here = {rule: findings[rule] for rule in moves if rule in findings}  # what is due may have none
    notices = [say(NoticeStage.ALL_CLEAR, cleared)] if cleared else []
    if Transition.OBSERVE in steps.values():
        observed = [
            _point(r, finding)
            for r, finding in here.items()
            if finding.state is FindingState.OBSERVED
        ]
        notices.append(say(NoticeStage.WOULD_STOP, observed))
    if {Transition.TELL, Transition.WARN} & set(steps.values()):
        told = [_point(r, finding) for r, finding in here.items() if finding.state in _TOLD]
        notices.append(say(NoticeStage.WARNING, told))
    return Escalation(case=replace(case, findings=findings), notices=tuple(notices), due=due)


def report_unknowns(
    judgement: Evaluation, case: Case, policy: Policy, *, now: datetime
) -> Escalation:
    """Tell the admins of every question without an answer, once each."""
    gaps = {gap.rule: gap for gap in judgement.unknowns if gap.loud}
    new = [
        build_finding(rule, gap.fact, NOT_EVALUATED_REMEDY)
        for rule, gap in gaps.items()
        if rule not in case.gaps
    ]
    case = replace(case, gaps=tuple(sorted(gaps)))
    if not new:
        return Escalation(case=case, notices=(), due={})
    told = build_notice(NoticeStage.FAILED, judgement.resource, new, policy, now=now)
    return Escalation(case=case, notices=(told,), due={})


def stopped_findings(case: Case) -> list[NoticeFinding]:
    """List what the resource was stopped for."""
    return [
        _point(r, finding)
        for r, finding in case.findings.items()
        if finding.state is FindingState.STOPPED
    ]


def _move(
    rule: str, judgement: Evaluation, case: Case, policy: Policy, now: datetime
) -> Transition:
    """Look the finding up in the table; a warning without any grace is a stop."""
    finding, fail = case.findings.get(rule), judgement.violations[rule]
    known = finding is not None and finding.cause == fail.cause
    kind = KINDS[judgement.resource.kind]
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


def _begin(rule: str, judgement: Evaluation, case: Case, policy: Policy, now: datetime) -> Finding:
    """Begin the grace; who breaks again and again what was fixed has twice of it in all."""
    fail, returns = judgement.violations[rule], case.returns.get(rule, 0)
    deadline = now + policy.grace_of(rule, judgement.resource.kind) / 2 ** min(returns, _HALVED)
    return Finding(
        state=FindingState.NONE,
        since=now,
        reason=fail.reason + (RETURNED if returns else ""),
        remedy=fail.remedy,
        deadline=max(deadline, fail.not_before or deadline),
        cause=fail.cause,
    )


def _forgive(judgement: Evaluation, case: Case) -> tuple[Case, list[NoticeFinding]]:
    """Drop what was fixed; the points are what the owner may forget, if nothing else is left."""
    open_still = judgement.violations.keys() | judgement.unanswered
    fixed = {rule: finding for rule, finding in case.findings.items() if rule not in open_still}
    left = {rule: finding for rule, finding in case.findings.items() if rule in open_still}
    heard = {rule: finding for rule, finding in fixed.items() if finding.state in _TOLD}
    told = [_point(rule, finding) for rule, finding in heard.items()]
    undone = {r: case.returns.get(r, 0) + 1 for r in heard if r in RULES and RULES[r].undone}
    waiting = any(finding.state in _TOLD for finding in left.values())
    case = replace(case, findings=left, returns={**case.returns, **undone})
    return case, [] if waiting else told


def _point(rule: str, finding: Finding) -> NoticeFinding:
    return build_finding(rule, finding.reason, finding.remedy, finding.deadline)
