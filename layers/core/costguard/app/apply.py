"""Apply plans: save the case, publish its notices, enqueue its stop."""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from datetime import UTC, datetime
from functools import partial
from itertools import batched

from msgspec import Struct

from costguard.app.at_place import at_place
from costguard.app.audit_rows import record_together, told_row
from costguard.app.cost_estimate import with_cost
from costguard.app.decision_log import log_step
from costguard.app.outbox import Outbox, overdue_of, publish_in_order, published_of
from costguard.app.ports import GuardPorts, StopRequests, SweepPorts, WatchPorts
from costguard.common.concurrency import ErrorCollector
from costguard.enforcement.case import Case, without_sent
from costguard.enforcement.outcomes import WatchOutcome
from costguard.enforcement.plan import ResourcePlan
from costguard.resources.model import ResourceRef

_TOGETHER = 20  # plans whose rows and notices are written in few calls
_NEVER = datetime.fromtimestamp(0, UTC)


class _Change(Struct, frozen=True):
    """What a plan changes: the case as it is to be written, and what its owner is to hear."""

    plan: ResourcePlan
    after: Case
    notices: Outbox  # those that nobody published in time, then the new ones

    @property
    def written(self) -> Case:
        """The case, once it is in the ledger."""
        return replace(self.after, version=self.after.version + 1)


def apply_plan(ports: GuardPorts, plan: ResourcePlan, now: datetime) -> bool:
    """Save the case, then publish its notices, older ones first.

    Returns False if another writer saved first. A notice stays in the case until it is published; a
    stop waits until every recipient has the warning, however late that is.
    """
    written, errors = apply_plans(ports, [plan], now)
    for error in errors:
        raise error
    return bool(written)


def apply_plans(
    ports: GuardPorts, plans: Iterable[ResourcePlan], now: datetime, *, is_retry: bool = False
) -> tuple[set[ResourceRef], list[Exception]]:
    """Apply several plans in few calls; return what is done as planned, and what went wrong.

    Raises an error only before anything is published.
    """
    plans = list(plans)
    changes = [_change(ports, plan, now) for plan in plans if plan.changes]
    for change in changes:
        _audit_end(ports, change.plan, now)
    saved = ports.cases.save_each([(each.after, each.plan.before) for each in changes], now)
    kept = [
        change
        for change, was_saved in zip(changes, saved, strict=True)
        if was_saved or (is_retry and _is_written(ports, change))
    ]
    for change in kept:
        if change.after.held and not (change.plan.before and change.plan.before.held):
            log_step(ports, "stop held", change.plan, outcome="held")
    failed = _publish_audited(ports, [each for each in kept if each.notices], now)
    unchanged = [plan for plan in plans if not plan.changes]
    done = {plan.resource.ref for plan in (*(each.plan for each in kept), *unchanged)}
    return done - failed.keys(), list(failed.values())


def apply_and_enqueue(
    ports: SweepPorts, plans: Sequence[ResourcePlan], now: datetime
) -> list[Exception]:
    """Apply the plans with a stop first and enqueue those stops; then apply the rest."""
    due, errors = [plan for plan in plans if plan.due], ErrorCollector()
    done = _apply_all(ports, due, errors, now)
    if ready := [plan for plan in due if plan.resource.ref in done]:
        with errors:
            _enqueue(ports, ports.stop_requests, ready, now)
    _apply_all(ports, (plan for plan in plans if not plan.due and plan.changes), errors, now)
    return errors.errors


def _apply_all(
    ports: GuardPorts, plans: Iterable[ResourcePlan], errors: ErrorCollector, now: datetime
) -> set[ResourceRef]:
    """Apply plans, some together; return what is done as planned."""
    done = set[ResourceRef]()

    def write(some: Sequence[ResourcePlan]) -> None:
        in_force, failed = apply_together(ports, some, now)
        done.update(in_force)
        errors.add(failed)

    some = batched(plans, _TOGETHER, strict=False)
    errors.add(ports.run_concurrently(partial(write, each) for each in some))
    return done


def apply_together(
    ports: GuardPorts, plans: Sequence[ResourcePlan], now: datetime
) -> tuple[set[ResourceRef], list[Exception]]:
    """Apply plans together, or each alone where one of them hinders the others."""
    try:
        return apply_plans(ports, plans, now)
    except Exception as error:
        if len(plans) == 1:
            raise
        done, errors = set[ResourceRef](), ErrorCollector()
        for plan in plans:
            with errors:
                in_force, failed = apply_plans(ports, [plan], now, is_retry=True)
                done |= in_force
                errors.add(failed)
        return done, errors.errors or [error]


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


def _audit_end(ports: GuardPorts, plan: ResourcePlan, now: datetime) -> None:
    """Record how a stop ended, before the request is removed from the case.

    The invocation that requested it may have died before it recorded AWS's answer.
    """
    if plan.before and plan.before.stopping and not plan.after.stopping:
        confirmed = plan.after.stops > plan.before.stops
        what = "stop-confirmed" if confirmed else "stop-dropped"
        ports.audit.record(what, plan.resource, now, {"asked": plan.before.stopping.isoformat()})


def _change(ports: GuardPorts, plan: ResourcePlan, now: datetime) -> _Change:
    new = tuple(with_cost(ports.usage, n, plan.resource, now=now) for n in plan.notices)
    overdue = overdue_of(plan.after, now) if new else ()
    after = replace(plan.after, outbox=plan.after.outbox + new, updated=now)
    return _Change(plan, after, (*overdue, *new))


def _is_written(ports: GuardPorts, change: _Change) -> bool:
    """Tell whether a call that failed has written the case all the same."""
    now, ours = ports.cases.get(change.after.ref), change.written
    return now is not None and (now.version, now.updated) == (ours.version, ours.updated)


def _publish_audited(
    ports: GuardPorts, changes: Sequence[_Change], now: datetime
) -> Mapping[ResourceRef, Exception]:
    """Publish, audit, and then take from each case what was published; return what failed.

    What is not in the audit stays in the case, and is published and audited again.
    """
    told = [(each.plan.resource, notice) for each in changes for notice in each.notices]
    refused = publish_in_order(ports, [each.notices for each in changes])
    done = [told_row(about, notice) for about, notice in told if notice.id not in refused]
    unaudited = record_together(ports.audit, done, now)
    failed = {about.ref: refused[each.id] for about, each in told if each.id in refused}
    audited = (each for each in changes if each.plan.resource.ref not in unaudited)
    over = ((each.written, published_of(each.notices, refused)) for each in audited)
    left = [(without_sent(case, sent), case) for case, sent in over if sent]
    unsaved = ErrorCollector()
    with unsaved:
        ports.cases.save_each(left, now)
    kept = {case.ref: error for _, case in left for error in unsaved.errors}
    return {**kept, **failed, **unaudited}
