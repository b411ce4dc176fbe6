"""Apply plans: save the case, publish its notices, enqueue its stop."""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from costguard.app.at_place import at_place
from costguard.app.cost_estimate import with_cost
from costguard.app.decision_log import log_step
from costguard.app.ports import GuardPorts, StopRequests, SweepPorts, WatchPorts
from costguard.common.concurrency import ErrorCollector
from costguard.enforcement.case import Case, without_sent
from costguard.enforcement.outcomes import WatchOutcome
from costguard.enforcement.plan import ResourcePlan
from costguard.notifications.notice import Notice, NoticeStage
from costguard.resources.model import Resource, ResourceRef

RESEND_AFTER = timedelta(minutes=2)
"""A notice still in the outbox after this long was left by an invocation that died."""
_NEVER = datetime.fromtimestamp(0, UTC)

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


def apply_plan(ports: GuardPorts, plan: ResourcePlan, now: datetime) -> bool:
    """Save the case, then publish its notices, older ones first.

    Returns False if another writer saved first. A notice stays in the case until it is published; a
    stop waits until every recipient has the warning, however late that is.
    """
    if not plan.changes:
        return True
    new = tuple(with_cost(ports.usage, n, plan.resource, now=now) for n in plan.notices)
    overdue = _overdue(plan.after, now) if new else ()
    after = replace(plan.after, outbox=plan.after.outbox + new, updated=now)
    _audit_end(ports, plan, now)
    if not ports.cases.save(after, plan.before, now):
        return False
    if plan.after.held and not (plan.before and plan.before.held):
        log_step(ports, "stop held", plan, outcome="held")
    if new:
        _publish_audited(ports, plan.resource, (*overdue, *new), now)
        written = replace(after, version=after.version + 1)
        ports.cases.save(without_sent(written, (*overdue, *new)), written, now)
    return True


def apply_and_enqueue(
    ports: SweepPorts, plans: Sequence[ResourcePlan], now: datetime
) -> list[Exception]:
    """Apply the plans with a stop first and enqueue those stops; then apply the rest."""
    due, written = [plan for plan in plans if plan.due], set[ResourceRef]()

    def write(plan: ResourcePlan) -> None:
        if apply_plan(ports, plan, now):
            written.add(plan.resource.ref)

    errors = ErrorCollector(ports.run_concurrently(partial(write, plan) for plan in due))
    if ready := [plan for plan in due if plan.resource.ref in written]:
        with errors:
            _enqueue(ports, ports.stop_requests, ready, now)
    rest = (plan for plan in plans if not plan.due)
    errors.add(ports.run_concurrently(partial(apply_plan, ports, plan, now) for plan in rest))
    return errors.errors


def enqueue_within_limit(
    ports: WatchPorts, plan: ResourcePlan, swept: datetime | None, now: datetime
) -> WatchOutcome:
    """Enqueue the stop of an event, unless events used up `max_stops` since the last sweep.

    Those of each account count apart.
    Otherwise it waits for the next sweep, which evaluates everything and applies `max_stops`.
    """
    ref, account = plan.resource.ref, plan.resource.account
    most = at_place(ports, ref.place).policy.max_stops
    of = "" if account == ports.place[0] else account
    if not ports.events.acquire_stop_slot(ref, swept or _NEVER, most, of):
        return WatchOutcome.WAITS
    _enqueue(ports, ports.stop_requests, [plan], now)
    return WatchOutcome.ENQUEUED


def _enqueue(
    ports: GuardPorts, requests: StopRequests, plans: Sequence[ResourcePlan], now: datetime
) -> None:
    """Enqueue the due stops; `enforce` evaluates them again."""
    requests.enqueue([plan.resource.ref for plan in plans], now)
    for plan in plans:
        log_step(ports, "stop enqueued", plan, outcome="due")


def flush_outbox(ports: GuardPorts, case: Case, now: datetime) -> None:
    """Publish older notices that are not known to be published."""
    if not _overdue(case, now):
        return
    current = ports.cases.get(case.ref)
    overdue = _overdue(current, now) if current else ()
    for notice in overdue:
        ports.notices.publish(notice)
        _log_notice(ports, notice)
    if overdue and (current := ports.cases.get(case.ref)):
        ports.cases.save(without_sent(current, overdue), current, now)


def _audit_end(ports: GuardPorts, plan: ResourcePlan, now: datetime) -> None:
    """Record how a stop ended, before the request is removed from the case.

    The invocation that requested it may have died before it recorded AWS's answer.
    """
    if plan.before and plan.before.stopping and not plan.after.stopping:
        confirmed = plan.after.stops > plan.before.stops
        what = "stop-confirmed" if confirmed else "stop-dropped"
        ports.audit.record(what, plan.resource, now, {"asked": plan.before.stopping.isoformat()})


def _overdue(case: Case, now: datetime) -> Outbox:
    """List the notices that an earlier invocation could not publish."""
    late = case.updated and now - case.updated >= RESEND_AFTER
    return case.outbox if late else ()


def _publish_audited(
    ports: GuardPorts, resource: Resource, notices: Iterable[Notice], now: datetime
) -> None:
    for notice in notices:
        publish(ports, notice)
        ports.audit.record(
            f"told-{notice.stage}",
            resource,
            now,
            {"notice": notice.id, "rule": notice.rule, "deadline": notice.deadline},
        )


def publish(ports: GuardPorts, notice: Notice) -> None:
    """Publish a notice, count it and log it."""
    ports.notices.publish(notice)
    ports.count({NOTICE_METRICS[notice.stage]: 1})
    _log_notice(ports, notice)


def _log_notice(ports: GuardPorts, notice: Notice) -> None:
    ports.log("notice published", **notice.log_keys, outcome=notice.stage)
