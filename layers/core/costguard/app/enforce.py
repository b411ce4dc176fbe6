"""Enforce: evaluate due resources again, and stop those that are still due."""

from collections.abc import Mapping, Sequence
from copy import replace
from datetime import datetime
from functools import partial

from msgspec import Struct

from costguard.app import metering
from costguard.app.activity_polling import poll_activity
from costguard.app.apply import apply_plan
from costguard.app.creators import with_creators
from costguard.app.decide import DecisionContext, decide, decide_confirmed, with_confirmed_tags
from costguard.app.decision_log import log_step, resource_name, why_not_due
from costguard.app.event_context import SWEPT
from costguard.app.ports import EnforcePorts
from costguard.app.run_start import with_run_start
from costguard.app.silence import find_silence
from costguard.app.unobservable import is_refused
from costguard.app.use_polling import poll_use
from costguard.enforcement.case import Case
from costguard.enforcement.outcomes import StopOutcome
from costguard.enforcement.plan import ResourcePlan
from costguard.ownership.fleet import Fleet, without_children
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from costguard.rules import RULES


class FleetSnapshot(Struct, frozen=True):
    """All running resources, by key and as a fleet, and the errors."""

    resources: Mapping[str, Resource]
    fleet: Fleet
    errors: tuple[Exception, ...]


def enforce(
    ports: EnforcePorts, refs: Sequence[ResourceRef], *, now: datetime
) -> Mapping[str, StopOutcome]:
    """Evaluate each again and stop those that are still due; return the outcomes by key.

    A single one is described alone, because seconds cost money; several are read as in a sweep.
    Raises all errors at the end.
    """
    silence = find_silence(ports, ports.marks.last_time(SWEPT), now=now)
    money = metering.cost_context(ports.usage, ports.policy, now=now, whole_fleet=True)
    context = DecisionContext(now=now, silence=silence, money=money)
    snapshot = take_snapshot(ports, now) if len(refs) > 1 else None
    outcomes = dict[str, StopOutcome]()

    def enforce_one(ref: ResourceRef) -> None:
        plan = recheck(ports, ref, snapshot, context)
        outcomes[ref.key] = outcome = stop_if_due(ports, plan, now) if plan else StopOutcome.GONE
        _log_outcome(ports, ref, plan, outcome)

    errors = ports.run_concurrently(partial(enforce_one, ref) for ref in refs)
    stops = list(outcomes.values())
    accepted, spared = stops.count(StopOutcome.ACCEPTED), stops.count(StopOutcome.NOT_DUE)
    ports.count({"StopsAccepted": accepted, "StopsNotDue": spared})
    if len(errors) > 1:
        msg = f"{len(errors)} of {len(refs)} could not be looked at again or stopped"
        raise ExceptionGroup(msg, errors)
    for error in errors:
        raise error
    return outcomes


def take_snapshot(ports: EnforcePorts, now: datetime) -> FleetSnapshot:
    """Read all running resources, and group them by owner once for all evaluations."""
    running, errors = ports.inventory.running(now)
    resources = {resource.ref.key: resource for resource in with_creators(ports, running)}
    fleet = Fleet(without_children(resources.values()), ports.policy.directory)
    return FleetSnapshot(resources, fleet, errors)


def recheck(
    ports: EnforcePorts, ref: ResourceRef, snapshot: FleetSnapshot | None, context: DecisionContext
) -> ResourcePlan | None:
    """Decide about one resource as it is now; None when it is gone.

    Nothing is due because of tags from the index alone, or because of a rule that needs the whole
    fleet if the fleet was not read.
    """
    known = snapshot.resources.get(ref.key) if snapshot else None
    resource = known or ports.inventory.describe(ref)
    if resource is None:
        return None
    (resource,) = (resource,) if known else with_creators(ports, (resource,))
    resource = resource if resource.tags else with_confirmed_tags(ports, resource)
    case = ports.cases.get(ref)
    resource = with_run_start(ports, resource, case)
    plan = decide(ports, resource, case, context)
    if any(RULES[rule].reads_tags for rule, _ in plan.due):
        plan = decide_confirmed(ports, plan.resource, case, context)
    runs = resource.status is ResourceStatus.RUNNING
    if plan.due or not plan.evaluation.deferred or not runs:
        return plan
    snapshot = snapshot or take_snapshot(ports, context.now)
    return _decide_in_fleet(ports, plan.resource, case, snapshot, context)


def stop_if_due(ports: EnforcePorts, plan: ResourcePlan, now: datetime) -> StopOutcome:
    """Stop it if it is due; otherwise save and publish other changes."""
    if not plan.due:
        apply_plan(ports, plan, now)
        return StopOutcome.NOT_DUE
    return StopOutcome.HELD if plan.after.held else stop_resource(ports, plan, now)


def stop_resource(ports: EnforcePorts, plan: ResourcePlan, now: datetime) -> StopOutcome:
    """Stop it, between two audit rows. A failure is recorded, so that a retry requests it again.

    The first row is written before the case: no case waits for a stop that was never requested.
    """
    reasons: Mapping[str, object] = {rule: finding.reason for rule, finding in plan.due}
    ports.audit.record("asked-to-stop", plan.resource, now, reasons)
    if not apply_plan(ports, replace(plan, after=plan.asked(now)), now):
        ports.audit.record("stop-overtaken", plan.resource, now, reasons)
        return StopOutcome.OVERTAKEN
    try:
        outcome = ports.stopper.stop(plan.resource)
    except Exception as exc:
        ports.audit.record("stop-failed", plan.resource, now, {"error": str(exc)})
        log_step(ports, "stop decided", plan, outcome="failed", why=str(exc))
        if current := ports.cases.get(plan.resource.ref):
            ports.cases.save(replace(current, asked=None), current, now)
        raise
    ports.audit.record(f"stop-{outcome}", plan.resource, now, reasons)
    return outcome


def _decide_in_fleet(
    ports: EnforcePorts,
    resource: Resource,
    case: Case | None,
    snapshot: FleetSnapshot,
    context: DecisionContext,
) -> ResourcePlan:
    """Decide with the whole fleet and the present activity of the notebook."""
    if snapshot.errors:
        raise ExceptionGroup("cannot look at the whole fleet", list(snapshot.errors))
    confirmed = with_confirmed_tags(ports, resource)
    observed = _with_activity(ports, confirmed, snapshot.fleet.resources, case, context)
    return decide_confirmed(ports, observed, case, replace(context, fleet=snapshot.fleet))


def _with_activity(
    ports: EnforcePorts,
    resource: Resource,
    fleet: tuple[Resource, ...],
    case: Case | None,
    context: DecisionContext,
) -> Resource:
    """Observe the activity or the use of one resource, by the same facts as the sweep."""
    cases, now = {resource.ref.key: case} if case else {}, context.now
    others = tuple(each for each in fleet if each.ref != resource.ref)
    observed, errors = poll_activity(
        (*others, resource),
        ports.policy,
        ports.activity,
        cases=cases,
        now=now,
        money=context.money,
        only=resource,
    )
    if not errors:
        observed, errors = poll_use(
            observed, ports.policy, ports.use, cases=cases, now=now, only=resource
        )
    if errors:
        raise ExceptionGroup("cannot look at its activity", list(errors))
    return observed[-1]


def _log_outcome(
    ports: EnforcePorts, ref: ResourceRef, plan: ResourcePlan | None, outcome: StopOutcome
) -> None:
    """Log the outcome of a requested stop, and why it was not done; count a refused probe."""
    if plan is None:
        ports.log("stop decided", resource=resource_name(ref), outcome=outcome)
        return
    if is_refused(plan.evaluation):
        ports.count({"ProbesRefused": 1})
    why = why_not_due(plan) if outcome is StopOutcome.NOT_DUE else ""
    log_step(ports, "stop decided", plan, outcome=outcome, why=why)
