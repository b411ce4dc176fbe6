"""Deadlines by delivery: a full grace counts from when a channel accepted the warning."""

from collections.abc import Callable, Iterator
from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.notifications.notice import Notice, NoticeFinding, NoticeStage


class StandingWarning(Struct, frozen=True, kw_only=True):
    """The warning that counts for a recipient now: its notice, deadline and grace."""

    notice: str
    at: datetime
    deadline: datetime
    grace: timedelta


type Enforces = Callable[[str, Notice], bool]
"""Tells whether a rule may now stop what a notice is about."""


def accepted_deadline(planned: datetime, grace: timedelta | None, accepted: datetime) -> datetime:
    """Return the deadline of a warning that a channel accepted at a time: never an earlier one.

    `grace` is the full grace of the violation; None (from an earlier version) adds nothing.
    """
    return max(planned, accepted + (grace or timedelta()))


def planned_deadlines(notice: Notice) -> Iterator[tuple[datetime, timedelta | None]]:
    """Yield the planned deadlines of a warning, each with the grace that begins at its delivery.

    The grace is zero in a reminder, and None in a warning of an earlier version.
    """
    if notice.stage is not NoticeStage.WARNING:
        return
    for finding in notice.findings:
        if finding.deadline:
            yield finding.deadline, _beginning_grace(notice, finding)
    if notice.deadline and not notice.findings:
        yield notice.deadline, None


def as_accepted(notice: Notice, accepted: datetime, enforces: Enforces) -> Notice:
    """Update the deadlines of a warning when it is sent, so that the message has the valid ones.

    A rule that may not stop anything any more has no deadline.
    """
    if notice.stage is not NoticeStage.WARNING:
        return notice
    if not notice.findings:
        stops = all(enforces(rule, notice) for rule in notice.rules)
        holds = notice.deadline if stops else None
        return replace(notice, deadline=holds and max(holds, accepted))
    findings = tuple(
        _finding_as_accepted(notice, each, accepted)
        if enforces(each.rule, notice)
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
    if grace is None:  # from an earlier version
        grace = max(finding.deadline - notice.time, timedelta())
    return replace(finding, deadline=accepted_deadline(finding.deadline, grace, accepted))


def _beginning_grace(notice: Notice, finding: NoticeFinding) -> timedelta | None:
    """Return the grace that begins with the delivery of this notice; None: not known."""
    return timedelta() if notice.is_reminder else finding.grace
