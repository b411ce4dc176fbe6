"""Ends: look again at each reference of a request, and end what is still due, in whatever way."""

from collections.abc import Callable, Mapping, Sequence
from copy import replace
from datetime import datetime
from functools import partial

from msgspec import to_builtins

from costguard.app import known_costs
from costguard.app.apply import apply_plan
from costguard.app.decide import DecisionContext
from costguard.app.decision_log import log_step, resource_name, why_not_due
from costguard.app.event_context import SWEPT
from costguard.app.exceptions import current_policy
from costguard.app.ports import GuardPorts
from costguard.app.recheck import recheck, take_snapshot
from costguard.app.silence import find_silence
from costguard.app.unobservable import is_refused
from costguard.common.errors import StopRefusedError
from costguard.enforcement.case import not_stopping
from costguard.enforcement.outcomes import StopOutcome
from costguard.enforcement.plan import ResourcePlan
from costguard.enforcement.remains import remains_of
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS

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
    outcomes = dict[str, StopOutcome]()

    def end_one(ref: ResourceRef) -> None:
        plan = recheck(ports, ref, snapshot, context)
        outcomes[ref.key] = outcome = _end_if_due(ports, end, plan, now)
        _log_outcome(ports, ref, plan, outcome)

    errors = ports.run_concurrently(partial(end_one, ref) for ref in refs)
    stops = list(outcomes.values())
    accepted, spared = stops.count(StopOutcome.ACCEPTED), stops.count(StopOutcome.NOT_DUE)
    ports.count({"StopsAccepted": accepted, "StopsNotDue": spared})
    if len(errors) > 1:
        msg = f"{len(errors)} of {len(refs)} could not be looked at again or stopped"
        raise ExceptionGroup(msg, errors)
    for error in errors:
        raise error
    return outcomes


def _end_if_due(
    ports: GuardPorts, end: EndCall, plan: ResourcePlan | None, now: datetime
) -> StopOutcome:
    """End it if it is due; otherwise save and publish other changes."""
    if plan is None:
        return StopOutcome.GONE
    if not plan.due:
        apply_plan(ports, plan, now)
        return StopOutcome.NOT_DUE
    return StopOutcome.HELD if plan.after.held else end_resource(ports, end, plan, now)


def end_resource(ports: GuardPorts, end: EndCall, plan: ResourcePlan, now: datetime) -> StopOutcome:
    """End it, between two audit rows. A failure is recorded, so that a retry requests it again.

    The first row is written before the case: no case waits for a stop that was never requested.
    """
    reasons: Mapping[str, object] = {rule: finding.reason for rule, finding in plan.due}
    ports.audit.record("asked-to-stop", plan.resource, now, {**reasons, **_was(plan.resource)})
    if not apply_plan(ports, replace(plan, after=plan.asked(now)), now):
        ports.audit.record("stop-overtaken", plan.resource, now, reasons)
        return StopOutcome.OVERTAKEN
    try:
        outcome = end(plan.resource)
    except Exception as exc:
        ports.audit.record("stop-failed", plan.resource, now, {"error": str(exc)})
        log_step(ports, "stop decided", plan, outcome="failed", why=str(exc))
        _take_back(ports, plan.resource, now, nothing_came=isinstance(exc, StopRefusedError))
        raise
    ports.audit.record(f"stop-{outcome}", plan.resource, now, reasons)
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


def _log_outcome(
    ports: GuardPorts, ref: ResourceRef, plan: ResourcePlan | None, outcome: StopOutcome
) -> None:
    """Log the outcome of a requested stop, and why it was not done; count a refused probe."""
    if plan is None:
        ports.log("stop decided", resource=resource_name(ref), outcome=outcome)
        return
    if is_refused(plan.evaluation):
        ports.count({"ProbesRefused": 1})
    why = why_not_due(plan) if outcome is StopOutcome.NOT_DUE else ""
    log_step(ports, "stop decided", plan, outcome=outcome, why=why)
