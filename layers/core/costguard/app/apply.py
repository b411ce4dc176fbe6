"""Carry out one step: write the case, tell, and hand over or carry out the stop."""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from costguard.app import metering
from costguard.app.decisions import log_step
from costguard.app.ports import Ports
from costguard.common.concurrency import attempt
from costguard.enforcement.case import Case, restart_grace, undelivered_rules, without_sent
from costguard.enforcement.plan import ResourcePlan
from costguard.notifications.notice import Notice, NoticeStage
from costguard.resources.model import Resource, ResourceRef

RESEND_AFTER = timedelta(minutes=2)
"""A notice that waits in the outbox this long was left by somebody who died before sending it."""
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
}
"""The metric that counts the notices of a stage."""


def apply_plan(ports: Ports, step: ResourcePlan, now: datetime) -> bool:
    """Write, then tell, first what is left from before. False when another was first.

    A notice waits in the case until it is told.
    """
    if not step.changes:
        return True
    waiting = tuple(
        metering.with_cost(ports.meter, n, step.resource, now=now) for n in step.notices
    )
    left = _left_behind(step.after, now) if waiting else ()
    after = replace(step.after, outbox=step.after.outbox + waiting, updated=now)
    _audit_end(ports, step, now)
    if not ports.save(after, step.before, now):
        return False
    if step.after.held and not (step.before and step.before.held):
        log_step(ports, "stop held", step, outcome="held")
    if waiting:
        _tell(ports, step.resource, (*left, *waiting), now)
        written = replace(after, version=after.version + 1)
        ports.save(_told(written, left, waiting, now), written, now)
    return True


def apply_and_enqueue(
    ports: Ports, steps: Sequence[ResourcePlan], now: datetime
) -> list[Exception]:
    """Carry out what is due first, and ask `enforce` to look again at all of it; then the rest."""
    due, written = [step for step in steps if step.due], set[ResourceRef]()

    def write(step: ResourcePlan) -> None:
        if apply_plan(ports, step, now):
            written.add(step.resource.ref)

    errors = ports.together(partial(write, step) for step in due)
    if ready := [step for step in due if step.resource.ref in written]:
        errors += attempt(partial(_enqueue, ports, ready, now))
    rest = (step for step in steps if not step.due)
    return errors + ports.together(partial(apply_plan, ports, step, now) for step in rest)


def enqueue_within_limit(
    ports: Ports, step: ResourcePlan, swept: datetime | None, now: datetime
) -> str:
    """Hand over what an event found, unless events have stopped `max_stops` since the last sweep.

    Then it waits for the next one, which sees all that is due, and has the brake.
    """
    ref = step.resource.ref
    if not ports.acquire_stop_slot(ref, swept or _NEVER, ports.policy.max_stops):
        return "waits"
    _enqueue(ports, [step], now)
    return "due"


def _enqueue(ports: Ports, steps: Sequence[ResourcePlan], now: datetime) -> None:
    """Ask `enforce` to look again at what is due."""
    ports.enqueue_stops([step.resource.ref for step in steps], now)
    for step in steps:
        log_step(ports, "stop enqueued", step, outcome="due")


def stop_if_due(ports: Ports, step: ResourcePlan, now: datetime) -> str:
    """Stop what is due; otherwise write and tell what else has changed."""
    if not step.due:
        apply_plan(ports, step, now)
        return "not-due"
    return "held" if step.after.held else stop_resource(ports, step, now)


def stop_resource(ports: Ports, step: ResourcePlan, now: datetime) -> str:
    """Stop it, between two audit rows. A failure is written down, so that a retry asks again.

    The first row comes before the case says so: no case waits for a stop that nobody asked for.
    """
    why: Mapping[str, object] = {rule: mark.reason for rule, mark in step.due}
    ports.audit("asked-to-stop", step.resource, now, why)
    if not apply_plan(ports, replace(step, after=step.asked(now)), now):
        ports.audit("stop-overtaken", step.resource, now, why)
        return "overtaken"
    try:
        outcome = ports.stop(step.resource)
    except Exception as exc:
        ports.audit("stop-failed", step.resource, now, {"error": str(exc)})
        log_step(ports, "stop decided", step, outcome="failed", why=str(exc))
        if current := ports.case(step.resource.ref):
            ports.save(replace(current, asked=None), current, now)
        raise
    ports.audit(f"stop-{outcome}", step.resource, now, why)
    return outcome


def flush_outbox(ports: Ports, case: Case, now: datetime) -> None:
    """Tell what was decided on some time ago and is not known to be sent."""
    if not _left_behind(case, now):
        return
    current = ports.case(case.ref)
    left = _left_behind(current, now) if current else ()
    for notice in left:
        ports.publish_notice(notice)
        _log_notice(ports, notice)
    if left and (current := ports.case(case.ref)):
        ports.save(_told(current, left, (), now), current, now)


def _audit_end(ports: Ports, step: ResourcePlan, now: datetime) -> None:
    """Write down how a stop ended, before the case forgets that it was asked for.

    Whoever asked may have died before writing what AWS answered.
    """
    if step.before and step.before.stopping and not step.after.stopping:
        confirmed = step.after.stops > step.before.stops
        what = "stop-confirmed" if confirmed else "stop-dropped"
        ports.audit(what, step.resource, now, {"asked": step.before.stopping.isoformat()})


def _left_behind(case: Case, now: datetime) -> Outbox:
    """List the notices whose sender has died, or was refused."""
    late = case.updated and now - case.updated >= RESEND_AFTER
    return case.outbox if late else ()


def _told(case: Case, left: Outbox, fresh: Outbox, now: datetime) -> Case:
    """Take what is told out of the outbox; who hears a warning late has the whole grace left."""
    late = undelivered_rules(replace(case, outbox=left))
    return restart_grace(without_sent(case, (notice.id for notice in (*left, *fresh))), late, now)


def _tell(ports: Ports, resource: Resource, notices: Iterable[Notice], now: datetime) -> None:
    for notice in notices:
        publish(ports, notice)
        ports.audit(
            f"told-{notice.stage}", resource, now, {"notice": notice.id, "rule": notice.rule}
        )


def publish(ports: Ports, notice: Notice) -> None:
    """Publish a notice, count it and log it."""
    ports.publish_notice(notice)
    ports.count({NOTICE_METRICS[notice.stage]: 1})
    _log_notice(ports, notice)


def _log_notice(ports: Ports, notice: Notice) -> None:
    ports.log("notice published", **notice.log_keys, outcome=notice.stage)
