"""The ladder one finding climbs: seen, warned, due, stopped, forgiven. Pure.

Each finding climbs on its own; what the owner hears is said once for the whole resource.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from costguard.enforcement.case import Case, Mark, Stage, unheard
from costguard.enforcement.evaluation import Judgement
from costguard.enforcement.notice_builder import notice
from costguard.notifications.notice import Notice, NoticeStage, Point
from costguard.policy.model import Mode, Policy
from costguard.rules import RULES

_TOLD = {Stage.TOLD, Stage.WARNED, Stage.STOPPED}  # stages in which the owner has heard
_HALVED = 5  # times at most, of a grace that somebody plays with
_LOOK = "The guard stops nothing that it cannot judge: look at it yourself. This is told once."


class Move(Enum):
    """What one finding asks for now."""

    NOTHING = "nothing"
    OBSERVE = "observe"
    TELL = "tell"
    WARN = "warn"
    STOP = "stop"


MOVES: Mapping[tuple[Mode, Stage], Move] = {
    (Mode.OBSERVE, Stage.NONE): Move.OBSERVE,
    (Mode.OBSERVE, Stage.OBSERVED): Move.NOTHING,
    (Mode.OBSERVE, Stage.TOLD): Move.NOTHING,
    (Mode.OBSERVE, Stage.WARNED): Move.NOTHING,
    (Mode.OBSERVE, Stage.DUE): Move.NOTHING,
    (Mode.OBSERVE, Stage.STOPPED): Move.OBSERVE,
    (Mode.WARN, Stage.NONE): Move.TELL,
    (Mode.WARN, Stage.OBSERVED): Move.TELL,
    (Mode.WARN, Stage.TOLD): Move.NOTHING,
    (Mode.WARN, Stage.WARNED): Move.NOTHING,
    (Mode.WARN, Stage.DUE): Move.NOTHING,
    (Mode.WARN, Stage.STOPPED): Move.TELL,
    (Mode.ENFORCE, Stage.NONE): Move.WARN,
    (Mode.ENFORCE, Stage.OBSERVED): Move.WARN,
    (Mode.ENFORCE, Stage.TOLD): Move.WARN,
    (Mode.ENFORCE, Stage.WARNED): Move.NOTHING,
    (Mode.ENFORCE, Stage.DUE): Move.STOP,
    (Mode.ENFORCE, Stage.STOPPED): Move.STOP,
}
_REACHES = {Move.OBSERVE: Stage.OBSERVED, Move.TELL: Stage.TOLD, Move.WARN: Stage.WARNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Where the findings of one running resource stand now, what to say, and which are due."""

    case: Case
    notices: tuple[Notice, ...]
    due: Mapping[str, Mark]


def climb(judgement: Judgement, case: Case, policy: Policy, *, now: datetime) -> Climb:
    """Move every finding one step; drop the fixed ones."""
    resource, stops = judgement.resource, case.stops
    moves = {rule: _move(rule, judgement, case, policy, now) for rule in judgement.findings}
    fresh = {rule: _mark(rule, judgement, case, policy, now) for rule in judgement.findings}
    due = {rule: mark for rule, mark in fresh.items() if moves[rule] is Move.STOP}

    def say(stage: NoticeStage, points: list[Point]) -> Notice:
        return notice(stage, resource, points, policy, now=now, stops=stops)

    case, cleared = _forgive(judgement, case)
    steps = {r: m for r, m in moves.items() if m in _REACHES and (m is Move.OBSERVE or not due)}
    marks = dict(case.marks) | {r: replace(fresh[r], stage=_REACHES[m]) for r, m in steps.items()}
    for rule, move in steps.items():
        if move is Move.TELL:
            marks[rule] = replace(marks[rule], deadline=None)
    here = {rule: marks[rule] for rule in moves if rule in marks}  # what is due may have none
    notices = [say(NoticeStage.ALL_CLEAR, cleared)] if cleared else []
    if Move.OBSERVE in steps.values():
        observed = [_point(r, mark) for r, mark in here.items() if mark.stage is Stage.OBSERVED]
        notices.append(say(NoticeStage.WOULD_STOP, observed))
    if {Move.TELL, Move.WARN} & set(steps.values()):
        told = [_point(r, mark) for r, mark in here.items() if mark.stage in _TOLD]
        notices.append(say(NoticeStage.WARNING, told))
    return Climb(case=replace(case, marks=marks), notices=tuple(notices), due=due)


def blind_spots(judgement: Judgement, case: Case, policy: Policy, *, now: datetime) -> Climb:
    """Tell the admins of every question without an answer, once each."""
    gaps = {gap.rule: gap for gap in judgement.gaps if gap.loud}
    new = [Point(rule, gap.fact, _LOOK) for rule, gap in gaps.items() if rule not in case.gaps]
    case = replace(case, gaps=tuple(sorted(gaps)))
    if not new:
        return Climb(case=case, notices=(), due={})
    told = notice(NoticeStage.FAILED, judgement.resource, new, policy, now=now)
    return Climb(case=case, notices=(told,), due={})


def stopped_points(case: Case) -> list[Point]:
    """List what the resource was stopped for."""
    return [_point(r, mark) for r, mark in case.marks.items() if mark.stage is Stage.STOPPED]


def _move(rule: str, judgement: Judgement, case: Case, policy: Policy, now: datetime) -> Move:
    """Look the finding up in the table; a warning without any grace is a stop."""
    mark, fail = case.marks.get(rule), judgement.findings[rule]
    known = mark is not None and mark.cause == fail.cause
    move = MOVES[policy.mode_of(rule), mark.at(now) if mark and known else Stage.NONE]
    grace = policy.grace_of(rule, judgement.resource.kind)
    if move is Move.WARN and not grace:
        move = Move.STOP
    early = fail.not_before is not None and now < fail.not_before
    early |= mark is not None and mark.stage is Stage.WARNED and rule in unheard(case)
    return Move.NOTHING if move is Move.STOP and early else move


def _mark(rule: str, judgement: Judgement, case: Case, policy: Policy, now: datetime) -> Mark:
    """Begin the grace; who breaks again and again what was fixed has twice of it in all."""
    fail, returns = judgement.findings[rule], case.returns.get(rule, 0)
    deadline = now + policy.grace_of(rule, judgement.resource.kind) / 2 ** min(returns, _HALVED)
    back = "; it was fixed before and is back, so there is less time now" if returns else ""
    return Mark(
        stage=Stage.NONE,
        since=now,
        reason=fail.reason + back,
        remedy=fail.remedy,
        deadline=max(deadline, fail.not_before or deadline),
        cause=fail.cause,
    )


def _forgive(judgement: Judgement, case: Case) -> tuple[Case, list[Point]]:
    """Drop what was fixed; the points are what the owner may forget, if nothing else is left."""
    open_still = judgement.findings.keys() | judgement.open_questions
    fixed = {rule: mark for rule, mark in case.marks.items() if rule not in open_still}
    left = {rule: mark for rule, mark in case.marks.items() if rule in open_still}
    heard = {rule: mark for rule, mark in fixed.items() if mark.stage in _TOLD}
    told = [_point(rule, mark) for rule, mark in heard.items()]
    undone = {r: case.returns.get(r, 0) + 1 for r in heard if r in RULES and RULES[r].undone}
    waiting = any(mark.stage in _TOLD for mark in left.values())
    case = replace(case, marks=left, returns={**case.returns, **undone})
    return case, [] if waiting else told


def _point(rule: str, mark: Mark) -> Point:
    return Point(rule, mark.reason, mark.remedy, mark.deadline)
