"""The second look: before anything is stopped, it is looked at again, and planned again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from costguard.app import metering
from costguard.app.activity_polling import poll_activity
from costguard.app.apply import stop_if_due
from costguard.app.confirm import confirmed, judge, judge_surely
from costguard.app.decisions import log_step, resource_name, why_not_due
from costguard.app.event_context import SWEPT
from costguard.app.ports import Ports
from costguard.costs.budgets import CostContext
from costguard.enforcement.case import Case
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.plan import ResourcePlan, plan_resource
from costguard.ownership.fleet import Fleet, without_children
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from costguard.rules import RULES


class FleetSnapshot(Struct, frozen=True):
    """Everything that runs, by key and as a fleet; and what could not be read."""

    found: dict[str, Resource]
    fleet: Fleet
    errors: tuple[Exception, ...]


def take_snapshot(ports: Ports, now: datetime) -> FleetSnapshot:
    """Look at everything that runs, and sort it by owner once for all that are looked at again."""
    everything, errors = ports.running(now)
    found = {resource.ref.key: resource for resource in everything}
    fleet = Fleet(without_children(found.values()), ports.policy.directory)
    return FleetSnapshot(found, fleet, errors)


def recheck(
    ports: Ports,
    ref: ResourceRef,
    around: FleetSnapshot | None,
    money: CostContext | None,
    now: datetime,
) -> ResourcePlan | None:
    """Plan for one resource as it is now; None when it is gone.

    Nothing is due for tags that only an index tells, or for what nobody asked the whole fleet.
    """
    resource = (around.found.get(ref.key) if around else None) or ports.describe(ref)
    if resource is None:
        return None
    resource = resource if resource.tags else confirmed(ports, resource)
    case = ports.case(ref)
    judgement = judge(ports, resource, case, now=now, money=money)
    step = plan_resource(judgement, case, ports.policy, now=now)
    if any(RULES[rule].reads_tags for rule, _ in step.due):
        judgement = judge_surely(ports, judgement.resource, now=now, money=money)
        step = plan_resource(judgement, case, ports.policy, now=now)
    if step.due or not judgement.deferred or resource.status is not ResourceStatus.RUNNING:
        return step
    return _among_all(
        ports, judgement.resource, case, around or take_snapshot(ports, now), money, now
    )


def _among_all(
    ports: Ports,
    resource: Resource,
    case: Case | None,
    around: FleetSnapshot,
    money: CostContext | None,
    now: datetime,
) -> ResourcePlan:
    """Plan with what the whole fleet tells, and with what the notebook is doing now."""
    if around.errors:
        raise ExceptionGroup("cannot look at the whole fleet", list(around.errors))
    seen = _with_activity(ports, confirmed(ports, resource), around.fleet.resources, case, now)
    judgement = evaluate(seen, ports.policy, now=now, fleet=around.fleet, money=money)
    return plan_resource(judgement, case, ports.policy, now=now)


def _with_activity(
    ports: Ports, resource: Resource, fleet: tuple[Resource, ...], case: Case | None, now: datetime
) -> Resource:
    """Look at what one notebook is doing, through the same facts as the sweep."""
    cases = {resource.ref.key: case} if case else {}
    others = tuple(r for r in fleet if r.ref != resource.ref)
    seen, errors = poll_activity(
        (*others, resource),
        ports.policy,
        ports.observe_activity,
        cases=cases,
        now=now,
        only=resource,
    )
    if errors:
        raise ExceptionGroup("cannot look at its activity", list(errors))
    return seen[-1]


def enforce(ports: Ports, refs: Sequence[ResourceRef], *, now: datetime) -> Mapping[str, str]:
    """Look again at each, plan again, stop what is still due. Answers each outcome in a word.

    One is looked at alone, because seconds cost money; several as a sweep does, in one go. Raises
    what went wrong, after each had its turn.
    """
    now = max(now, ports.last_time(SWEPT) or now)  # a reference may wait long in its queue
    money = metering.cost_context(ports.meter, ports.policy, now=now, whole_fleet=True)
    around = take_snapshot(ports, now) if len(refs) > 1 else None
    outcomes = dict[str, str]()

    def one(ref: ResourceRef) -> None:
        step = recheck(ports, ref, around, money, now)
        outcomes[ref.key] = outcome = stop_if_due(ports, step, now) if step else "gone"
        if step is None:
            ports.log("stop decided", resource=resource_name(ref), outcome=outcome)
        else:
            why = why_not_due(step) if outcome == "not-due" else ""
            log_step(ports, "stop decided", step, outcome=outcome, why=why)

    errors = ports.together(partial(one, ref) for ref in refs)
    words = list(outcomes.values())
    ports.count({"StopsAccepted": words.count("accepted"), "StopsNotDue": words.count("not-due")})
    if len(errors) > 1:
        msg = f"{len(errors)} of {len(refs)} could not be looked at again or stopped"
        raise ExceptionGroup(msg, errors)
    for error in errors:
        raise error
    return outcomes
