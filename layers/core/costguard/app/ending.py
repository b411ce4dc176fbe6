"""Ends: look again at each reference of a request, and end what is still due, in whatever way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import replace
from datetime import datetime
from functools import partial
from itertools import batched

from msgspec import to_builtins

from costguard.app import known_costs
from costguard.app.apply import apply_plan, apply_together
from costguard.app.audit_rows import record_together
from costguard.app.decide import DecisionContext
from costguard.app.decision_log import log_step, resource_name, why_not_due
from costguard.app.event_context import SWEPT
from costguard.app.exceptions import current_policy
from costguard.app.known_deliveries import with_deliveries
from costguard.app.ports import GuardPorts
from costguard.app.recheck import FleetSnapshot, recheck, take_snapshot
from costguard.app.silence import find_silence
from costguard.app.unobservable import is_refused
from costguard.common.concurrency import ErrorCollector
from costguard.common.errors import StopRefusedError
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import not_stopping
from costguard.enforcement.outcomes import StopOutcome
from costguard.enforcement.plan import ResourcePlan
from costguard.enforcement.remains import remains_of
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS

_TOGETHER = 8
"""As many as are ended at once: read and written together, and on their way if a function dies."""

type EndCall = Callable[[Resource], StopOutcome]


def end_due(
    ports: GuardPorts, end: EndCall, refs: Sequence[ResourceRef], *, now: datetime
) -> Mapping[str, StopOutcome]:
    """Evaluate each again and end those that are still due; return the outcomes by key.

    A single one is described alone, because seconds cost money; several are read as in a sweep.
    Raises all errors at the end.
    """
    ports = replace(ports, policy=current_policy(ports))
    silence = find_silence(ports, ports.marks.last_time(SWEPT), now=now)
    money = known_costs.cost_context(ports.usage, ports.policy, now=now, whole_fleet=True)
    context = DecisionContext(now=now, silence=silence, money=money)
    snapshot = take_snapshot(ports, refs, now) if len(refs) > 1 else None
    outcomes, errors = dict[str, StopOutcome](), ErrorCollector()
    for some in batched(dict.fromkeys(refs), _TOGETHER, strict=False):
        with errors:
            errors.add(_end_some(ports, end, some, snapshot, context, outcomes))
    return _told(ports, refs, outcomes, errors.errors)


def _told(
    ports: GuardPorts,
    refs: Sequence[ResourceRef],
    outcomes: Mapping[str, StopOutcome],
    errors: Sequence[Exception],
) -> Mapping[str, StopOutcome]:
    """Count the outcomes, and raise the errors; return the outcomes in the order of the request."""
    stops = list(outcomes.values())
    accepted, spared = stops.count(StopOutcome.ACCEPTED), stops.count(StopOutcome.NOT_DUE)
    ports.count({"StopsAccepted": accepted, "StopsNotDue": spared})
    if len(errors) > 1:
        msg = f"{len(errors)} of {len(refs)} could not be looked at again or stopped"
        raise ExceptionGroup(msg, errors)
    for error in errors:
        raise error
    return {key: outcomes[key] for ref in refs if (key := ref.key) in outcomes}


def _end_some(
    ports: GuardPorts,
    end: EndCall,
    refs: Sequence[ResourceRef],
    snapshot: FleetSnapshot | None,
    context: DecisionContext,
    outcomes: dict[str, StopOutcome],
) -> list[Exception]:
    """Evaluate several again, write down which are ended, and end those; return the errors."""
    now, due = context.now, dict[ResourceRef, ResourcePlan]()
    cases = ports.cases.get_each(refs)
    ports = with_deliveries(ports, cases.values(), now)
    done = partial(_note_outcome, ports, outcomes)

    def look(ref: ResourceRef) -> None:
        plan = recheck(ports, ref, cases.get(ref.key), snapshot, context)
        if plan and plan.due and not plan.after.held:
            due[ref] = plan
        else:
            done(ref, plan, _spare(ports, plan, now))

    errors = ErrorCollector(ports.run_concurrently(partial(look, ref) for ref in refs))
    with errors:
        ended, failed = end_each(ports, end, due.values(), now)
        errors.add(failed)
        for ref, outcome in ended.items():
            done(ref, due[ref], outcome)
    return errors.errors


def _spare(ports: GuardPorts, plan: ResourcePlan | None, now: datetime) -> StopOutcome:
    """Leave it; save and publish other changes of what is not due."""
    if plan is None:
        return StopOutcome.GONE
    if plan.due:
        return StopOutcome.HELD
    apply_plan(ports, plan, now)
    return StopOutcome.NOT_DUE


def end_each(
    ports: GuardPorts, end: EndCall, due: Iterable[ResourcePlan], now: datetime
) -> tuple[Mapping[ResourceRef, StopOutcome], list[Exception]]:
    """End several, each between two audit rows; return the outcomes and the errors.

    The first rows are written before the cases: no case waits for what was never requested.
    """
    plans = {plan.resource.ref: replace(plan, after=plan.asked(now)) for plan in due}
    unwritten = record_together(ports.audit, [_asked(plan) for plan in plans.values()], now)
    plans = {ref: plan for ref, plan in plans.items() if ref not in unwritten}
    saved, failed = apply_together(ports, list(plans.values()), now)
    overtaken = () if failed else plans.keys() - saved  # else nobody knows which
    outcomes = dict.fromkeys(overtaken, StopOutcome.OVERTAKEN)
    rows = [AuditRecord("stop-overtaken", plans[r].resource, _reasons(plans[r])) for r in outcomes]

    def end_one(ref: ResourceRef, plan: ResourcePlan) -> None:
        outcomes[ref] = _end(ports, end, plan, rows, now)

    tasks = (partial(end_one, ref, plan) for ref, plan in plans.items() if ref in saved)
    errors = [*unwritten.values(), *failed, *ports.run_concurrently(tasks)]
    return outcomes, [*errors, *record_together(ports.audit, rows, now).values()]


def _asked(plan: ResourcePlan) -> AuditRecord:
    return AuditRecord("asked-to-stop", plan.resource, {**_reasons(plan), **_was(plan.resource)})


def _reasons(plan: ResourcePlan) -> Mapping[str, object]:
    return {rule: finding.reason for rule, finding in plan.due}


def _end(
    ports: GuardPorts, end: EndCall, plan: ResourcePlan, rows: list[AuditRecord], now: datetime
) -> StopOutcome:
    """End it; tell in a row how. A failure is recorded in its case: a retry requests it again."""
    try:
        outcome = end(plan.resource)
    except Exception as exc:
        rows.append(AuditRecord("stop-failed", plan.resource, {"error": str(exc)}))
        log_step(ports, "stop decided", plan, outcome="failed", why=str(exc))
        _take_back(ports, plan.resource, now, nothing_came=isinstance(exc, StopRefusedError))
        raise
    rows.append(AuditRecord(f"stop-{outcome}", plan.resource, _reasons(plan)))
    if outcome is not StopOutcome.ACCEPTED and KINDS[plan.resource.kind].is_deleted:
        _take_back(ports, plan.resource, now, nothing_came=True)
    return outcome


def _was(resource: Resource) -> Mapping[str, object]:
    """Give what the audit keeps of something that will be gone: all of which it is made again."""
    is_deleted = KINDS[resource.kind].is_deleted
    return {"was": to_builtins(remains_of(resource))} if is_deleted else {}


def _take_back(ports: GuardPorts, resource: Resource, now: datetime, *, nothing_came: bool) -> None:
    """Let a retry ask again; where certainly nothing came of it, nothing is awaited either.

    What is deleted leaves nobody to ask who did it: only our own deletion is awaited.
    """
    if (current := ports.cases.get(resource.ref)) is None:
        return
    over = current.remains is not None and nothing_came
    after = not_stopping(current) if over else replace(current, asked=None)
    ports.cases.save(after, current, now)


def _note_outcome(
    ports: GuardPorts,
    outcomes: dict[str, StopOutcome],
    ref: ResourceRef,
    plan: ResourcePlan | None,
    outcome: StopOutcome,
) -> None:
    """Note and log how a requested stop ended, and why it was not done; count a refused probe."""
    outcomes[ref.key] = outcome
    if plan is None:
        ports.log("stop decided", resource=resource_name(ref), outcome=outcome)
        return
    if is_refused(plan.evaluation):
        ports.count({"ProbesRefused": 1})
    why = why_not_due(plan) if outcome is StopOutcome.NOT_DUE else ""
    log_step(ports, "stop decided", plan, outcome=outcome, why=why)
