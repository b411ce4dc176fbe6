"""The warnings of a case: their recipients, and how a new notice repeats earlier ones."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta

from costguard.enforcement.case import Case, Finding
from costguard.enforcement.hearing import GivenWarning, Warned
from costguard.enforcement.notice_builder import to_seconds
from costguard.enforcement.transition import FindingStep, Transition
from costguard.notifications.deadlines import StandingWarning, accepted_deadline
from costguard.notifications.notice import Notice, NoticeStage


def list_given(
    step: FindingStep, case: Case, taken: Mapping[str, Transition]
) -> Mapping[str, GivenWarning]:
    """List the open warnings: earlier ones, and new ones, which have no recipients yet.

    A warning of an earlier version is stored once it goes to another recipient, too.
    """
    new = {
        rule: GivenWarning(since=step.now, grace=step.grace(rule), to=step.warned_before(rule))
        for rule, move in taken.items()
        if move is Transition.WARN
    }
    late = {rule: step.given(rule) for rule, move in taken.items() if move is Transition.ADDRESS}
    before = {rule: case.warning_of(rule) for rule in case.findings} | late
    return {rule: given for rule, given in before.items() if given} | new


def heard_deadlines(
    step: FindingStep, open_now: Mapping[str, Finding], given: Mapping[str, GivenWarning]
) -> Mapping[str, datetime]:
    """Return the due time of each warning that all recipients have received."""
    ends = {
        rule: step.due_at(rule, given[rule], finding.deadline)
        for rule, finding in open_now.items()
        if rule in given and finding.is_warning and finding.deadline
    }
    return {rule: end for rule, end in ends.items() if end}


def restate(
    notice: Notice, given: Mapping[str, GivenWarning], heard: Mapping[str, datetime]
) -> Notice:
    """Set for each finding of a warning whether its grace period begins with this notice.

    A warning that was received earlier is repeated with its own deadline: a new finding gives no
    more time to others. The notice itself has no deadline in the past: new recipients get a grace.
    """
    if notice.stage is not NoticeStage.WARNING:
        return notice
    findings = tuple(
        replace(each, deadline=to_seconds(heard[each.rule]), grace=timedelta(0))
        if each.rule in heard
        else replace(each, grace=given[each.rule].grace if each.rule in given else None)
        for each in notice.findings
    )
    ends = [
        accepted_deadline(each.deadline, each.grace, notice.time)
        for each in findings
        if each.deadline
    ]
    return replace(notice, findings=findings, deadline=min(ends, default=None))


def address(
    given: Mapping[str, GivenWarning], heard: Mapping[str, datetime], notices: Iterable[Notice]
) -> Mapping[str, GivenWarning]:
    """Store the recipients of a notice in the warnings that begin with it."""
    for notice in notices:
        if notice.stage is NoticeStage.WARNING and notice.addressees:
            to = dict.fromkeys(notice.addressees, Warned(notice.id, notice.time))
            named = {rule: given[rule] for rule in notice.rules if rule in given}
            begun = {r: w for r, w in named.items() if r not in heard}
            return {**given, **{r: replace(w, to={**w.to, **to}) for r, w in begun.items()}}
    return given


def standing_warnings(case: Case | None, to: str) -> Mapping[str, StandingWarning]:
    """List the warnings that stand for a recipient, by rule."""
    found = {}
    for rule, finding in case.findings.items() if case else ():
        given = case.warning_of(rule) if case else None
        if given and to in given.to and finding.is_warning and finding.deadline:
            warned = given.to[to]
            found[rule] = StandingWarning(
                notice=warned.notice, at=warned.at, deadline=finding.deadline, grace=given.grace
            )
    return found
