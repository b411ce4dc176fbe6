"""The outbox of a case: its notices stay there until they are published."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from costguard.app.ports import GuardPorts
from costguard.enforcement.case import Case, without_sent
from costguard.notifications.notice import Notice, NoticeStage

RESEND_AFTER = timedelta(minutes=2)
"""A notice still in the outbox after this long was left by an invocation that died."""

type Outbox = tuple[Notice, ...]
NOTICE_METRICS: Mapping[str, str] = {
    NoticeStage.WOULD_STOP.value: "WouldStopNoticesSent",
    NoticeStage.WARNING.value: "WarningsSent",
    NoticeStage.STOPPED.value: "StopNoticesSent",
    NoticeStage.ALL_CLEAR.value: "AllClearsSent",
    NoticeStage.HELD_BACK.value: "HoldNoticesSent",
    NoticeStage.FAILED.value: "FailureNoticesSent",
    NoticeStage.BUDGET.value: "BudgetAlertsSent",
    NoticeStage.CHARGED.value: "ChargedNoticesSent",
    NoticeStage.ANSWERED.value: "AnswerNoticesSent",
    NoticeStage.ASKED.value: "RequestNoticesSent",
}
"""The metric that counts the notices of a stage."""


def publish(ports: GuardPorts, notice: Notice) -> None:
    """Publish a notice, count it and log it; raise the error where it was refused."""
    for error in publish_each(ports, [notice]).values():
        raise error


def publish_each(ports: GuardPorts, notices: Sequence[Notice]) -> Mapping[str, Exception]:
    """Publish notices; count and log each that was taken; return the errors of others by id."""
    if not notices:
        return {}
    refused = ports.notices.publish_each(notices)
    for notice in published_of(tuple(notices), refused):
        ports.count({NOTICE_METRICS[notice.stage]: 1})
        _log_notice(ports, notice)
    return refused


def publish_in_order(ports: GuardPorts, outboxes: Sequence[Outbox]) -> Mapping[str, Exception]:
    """Publish the notices of several cases together, and of one case none before an earlier one.

    Returns errors by id; one that waits for an earlier one has the error of that.
    """
    refused = dict[str, Exception]()
    for at in range(max(map(len, outboxes), default=0)):
        waiting = [outbox for outbox in outboxes if len(outbox) > at]
        earlier = {each[at].id: each[at - 1].id for each in waiting if at}
        refused |= {name: refused[last] for name, last in earlier.items() if last in refused}
        refused |= publish_each(ports, [o[at] for o in waiting if o[at].id not in refused])
    return refused


def _log_notice(ports: GuardPorts, notice: Notice) -> None:
    ports.log("notice published", **notice.log_keys, outcome=notice.stage)


def flush_outbox(ports: GuardPorts, case: Case, now: datetime) -> None:
    """Publish older notices that are not known to be published."""
    if not overdue_of(case, now):
        return
    current = ports.cases.get(case.ref)
    overdue = overdue_of(current, now) if current else ()
    for notice in overdue:
        for error in ports.notices.publish_each([notice]).values():
            raise error
        _log_notice(ports, notice)
    if overdue and (current := ports.cases.get(case.ref)):
        ports.cases.save(without_sent(current, overdue), current, now)


def overdue_of(case: Case, now: datetime) -> Outbox:
    """List the notices that an earlier invocation could not publish."""
    late = case.updated and now - case.updated >= RESEND_AFTER
    return case.outbox if late else ()


def published_of(notices: Outbox, refused: Mapping[str, Exception]) -> Outbox:
    """Leave out the notices that were refused."""
    return tuple(notice for notice in notices if notice.id not in refused)
