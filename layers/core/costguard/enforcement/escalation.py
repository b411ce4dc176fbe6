"""Escalation: how a finding goes from observed to warned, due and stopped, and how it is cleared.

Each finding escalates on its own; a notice names all findings of the resource.
"""

from collections.abc import Iterator, Mapping
from copy import replace
from datetime import datetime
from functools import partial

from msgspec import Struct

from costguard.common.datetimes import say_local
from costguard.enforcement.answers import IDLE, keep_of
from costguard.enforcement.case import Case, Finding, FindingState
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.given_warnings import address, heard_deadlines, list_given, restate
from costguard.enforcement.hearing import Hearing
from costguard.enforcement.notice_builder import (
    build_finding,
    build_notice,
    decided_from,
)
from costguard.enforcement.transition import (
    REACHES,
    SILENT,
    SPOKEN,
    FindingStep,
    Transition,
)
from costguard.idleness.keep_until import KeepDecision
from costguard.notifications.notice import Notice, NoticeFinding, NoticeStage, Resolution
from costguard.notifications.templates import (
    EXEMPT_UNTIL,
    KEPT_UNTIL,
    NOT_EVALUATED_REMEDY,
    RULE_OFF,
)
from costguard.policy.model import Policy
from costguard.rules import RULES

_OWNER_KNOWS = {FindingState.NOTIFIED, FindingState.WARNED, FindingState.STOPPED}


class Escalation(Struct, frozen=True, kw_only=True):
    """The findings of one running resource after a step, its notices, and the due rules.

    `unheard`: rules whose deadline has passed, but not every recipient was warned in time.
    """

    case: Case
    notices: tuple[Notice, ...]
    due: Mapping[str, Finding]
    unheard: frozenset[str] = frozenset()


def escalate(
    evaluation: Evaluation, case: Case, policy: Policy, *, hearing: Hearing, now: datetime
) -> Escalation:
    """Move every finding one step; drop findings that no rule reports any more."""
    if not evaluation.violations and not case.findings:
        return Escalation(case=case, notices=(), due={})  # nearly everything, in every sweep
    step = FindingStep(evaluation=evaluation, case=case, policy=policy, hearing=hearing, now=now)
    moves = {rule: step.transition(rule) for rule in evaluation.violations}
    due = {rule: step.begin(rule) for rule, move in moves.items() if move is Transition.STOP}
    taken = {r: m for r, m in moves.items() if m in SILENT or (m in SPOKEN and not due)}
    case, closed = _close(evaluation, case, policy, now)
    reached = {r: _reach(step.begin(r), m) for r, m in taken.items() if m in REACHES}
    case = replace(case, findings={**case.findings, **reached})
    given = list_given(step, case, taken)
    # a stop without a warning has no finding
    open_now = {rule: case.findings[rule] for rule in moves if rule in case.findings}
    heard = heard_deadlines(step, open_now, given)
    build = partial(build_notice, policy=policy, now=now, stops=case.stops)
    notices = tuple(
        replace(decided_from(build(stage, evaluation.resource, about), case.version), addressees=to)
        for stage, about, to in _stages(step, taken, open_now, closed)
    )
    notices = tuple(restate(notice, given, heard) for notice in notices)
    return Escalation(
        case=replace(case, warnings=address(given, heard, notices)),
        notices=notices,
        due=due,
        unheard=frozenset(rule for rule in moves if step.is_unheard(rule)),
    )


def _reach(fresh: Finding, move: Transition) -> Finding:
    """Apply a transition to a finding; only a warning has a deadline."""
    moved = replace(fresh, state=REACHES[move])
    return replace(moved, deadline=None) if moved.state is FindingState.NOTIFIED else moved


def _stages(
    step: FindingStep,
    taken: Mapping[str, Transition],
    open_now: Mapping[str, Finding],
    closed: list[NoticeFinding],
) -> Iterator[tuple[NoticeStage, list[NoticeFinding], tuple[str, ...]]]:
    """Yield the stage, the findings and the recipients of each notice."""
    moves = set(taken.values())
    if closed:
        yield NoticeStage.ALL_CLEAR, closed, ()
    if Transition.OBSERVE in moves:
        yield NoticeStage.WOULD_STOP, _named(open_now, {FindingState.OBSERVED}), ()
    if moves & (SPOKEN - SILENT):
        late = dict.fromkeys(to for rule in taken for to in step.not_addressed(rule))
        begins = moves & {Transition.WARN, Transition.NOTIFY}
        to = step.hearing.recipients if begins else tuple(late)
        yield NoticeStage.WARNING, _named(open_now, _OWNER_KNOWS), to


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
    return Escalation(case=case, notices=(decided_from(notice, case.version),), due={})


def stopped_findings(case: Case) -> list[NoticeFinding]:
    """List the findings that led to the stop."""
    return _named(case.findings, {FindingState.STOPPED})


def _close(
    evaluation: Evaluation, case: Case, policy: Policy, now: datetime
) -> tuple[Case, list[NoticeFinding]]:
    """Drop findings that no rule reports any more; list them for the owner if none is left.

    Only a rule that passed counts as fixed, and only an undone fix shortens the next grace.
    """
    open_still = evaluation.violations.keys() | evaluation.unanswered
    gone = {rule: finding for rule, finding in case.findings.items() if rule not in open_still}
    remaining = {rule: finding for rule, finding in case.findings.items() if rule in open_still}
    known = {rule: finding for rule, finding in gone.items() if finding.state in _OWNER_KNOWS}
    keep = keep_of(evaluation.resource, case, policy, now)
    closed = [_closed(rule, each, evaluation, policy, keep) for rule, each in known.items()]
    fixed = [rule for rule in known if rule in evaluation.passed]
    undone = {r: case.returns.get(r, 0) + 1 for r in fixed if RULES[r].undone}
    waiting = any(finding.state in _OWNER_KNOWS for finding in remaining.values())
    case = replace(case, findings=remaining, returns={**case.returns, **undone})
    return case, [] if waiting else closed


def _closed(
    rule: str, finding: Finding, evaluation: Evaluation, policy: Policy, keep: KeepDecision
) -> NoticeFinding:
    """Return how a finding ended: fixed, kept by a person, exempt, or its rule is off."""
    named = _named_finding(rule, finding)
    if rule == IDLE and rule in evaluation.passed and keep.until and keep.by:
        reason = KEPT_UNTIL.format(keep.by, say_local(keep.until, policy.timezone))
        return replace(named, reason=reason, resolution=Resolution.KEPT)
    if rule in evaluation.passed:
        return named
    until = evaluation.exempt.get(rule)
    if until is None:
        return replace(named, reason=RULE_OFF, resolution=Resolution.OFF)
    reason = EXEMPT_UNTIL.format(say_local(until, policy.timezone))
    return replace(named, reason=reason, resolution=Resolution.EXEMPT)


def _named_finding(rule: str, finding: Finding) -> NoticeFinding:
    return build_finding(rule, finding.reason, finding.remedy, deadline=finding.deadline)


def _named(findings: Mapping[str, Finding], states: set[FindingState]) -> list[NoticeFinding]:
    return [_named_finding(rule, each) for rule, each in findings.items() if each.state in states]
