"""Deadlines as they are heard: a full grace counts from when a channel took the warning."""

from collections.abc import Callable, Iterator
from copy import replace
from datetime import datetime, timedelta

from costguard.notifications.notice import Notice, NoticeFinding, NoticeStage

type Enforces = Callable[[str, str], bool]
"""Tells whether a rule may stop a kind now."""


def accepted_deadline(planned: datetime, grace: timedelta | None, accepted: datetime) -> datetime:
    """Answer the deadline of a warning that a channel took at a moment: never an earlier one.

    `grace` is what the violation has in full; None, in a warning of an earlier version, adds none.
    """
    return max(planned, accepted + (grace or timedelta()))


def planned_deadlines(notice: Notice) -> Iterator[tuple[datetime, timedelta | None]]:
    """Yield the planned deadlines of a warning, each with the grace that begins when it is heard.

    It is zero in a reminder, and None where an earlier version does not say.
    """
    if notice.stage is not NoticeStage.WARNING:
        return
    for finding in notice.findings:
        if finding.deadline:
            yield finding.deadline, _beginning_grace(notice, finding)
    if notice.deadline and not notice.findings:
        yield notice.deadline, None


def as_accepted(notice: Notice, accepted: datetime, enforces: Enforces) -> Notice:
    """Restate a warning when it is sent: the deadline in the message is the one that counts.

    A rule that may stop nothing any more has no deadline.
    """
    if notice.stage is not NoticeStage.WARNING:
        return notice
    kind = notice.resource.kind
    if not notice.findings:
        stops = all(enforces(rule, kind) for rule in notice.rules)
        holds = notice.deadline if stops else None
        return replace(notice, deadline=holds and max(holds, accepted))
    findings = tuple(
        _finding_as_accepted(notice, each, accepted)
        if enforces(each.rule, kind)
        else replace(each, deadline=None)
        for each in notice.findings
    )
    ends = [each.deadline for each in findings if each.deadline]
    first = max(min(ends), notice.deadline or min(ends)) if ends else None
    return replace(notice, findings=findings, deadline=first)


def _finding_as_accepted(
    notice: Notice, finding: NoticeFinding, accepted: datetime
) -> NoticeFinding:
    if finding.deadline is None:
        return finding
    grace = _beginning_grace(notice, finding)
    if grace is None:  # what an earlier version gave
        grace = max(finding.deadline - notice.time, timedelta())
    return replace(finding, deadline=accepted_deadline(finding.deadline, grace, accepted))


def _beginning_grace(notice: Notice, finding: NoticeFinding) -> timedelta | None:
    """Answer the grace that begins when this notice is heard; None: it does not say."""
    return timedelta() if notice.is_reminder else finding.grace
