"""Look again at what may be due, by the facts that are read now."""

from collections.abc import Mapping, Sequence
from copy import replace
from datetime import datetime

from msgspec import Struct

from costguard.app.activity_polling import poll_activity
from costguard.app.creators import with_creators
from costguard.app.decide import DecisionContext, decide, decide_confirmed, with_confirmed_tags
from costguard.app.ports import GuardPorts
from costguard.app.run_start import with_run_start
from costguard.app.seldom_kinds import kind_label, list_again
from costguard.app.spokes import failed_places
from costguard.app.use_polling import poll_use
from costguard.enforcement.case import Case
from costguard.enforcement.plan import ResourcePlan
from costguard.ownership.fleet import Fleet, without_children
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from costguard.rules import RULES


class FleetSnapshot(Struct, frozen=True):
    """All running resources, by key and as a fleet, and the errors."""

    resources: Mapping[str, Resource]
    fleet: Fleet
    errors: tuple[Exception, ...]


def take_snapshot(ports: GuardPorts, refs: Sequence[ResourceRef], now: datetime) -> FleetSnapshot:
    """Read all running resources, and group them by owner once for all evaluations."""
    running, errors = list_again(ports, set(map(kind_label, refs)), now)
    resources = {resource.ref.key: resource for resource in with_creators(ports, running)}
    fleet = Fleet(without_children(resources.values()), ports.policy.directory)
    return FleetSnapshot(resources, fleet, errors)


def recheck(
    ports: GuardPorts,
    ref: ResourceRef,
    case: Case | None,
    snapshot: FleetSnapshot | None,
    context: DecisionContext,
) -> ResourcePlan | None:
    """Decide about one resource as it is now; None when it is gone.

    Nothing is due because of tags from the index alone, or because of a rule that needs the whole
    fleet if the fleet was not read.
    """
    known = snapshot.resources.get(ref.key) if snapshot else None
    resource = snapshot.fleet.in_context(known) if snapshot and known else None
    resource = resource or ports.inventory.describe(ref)
    if resource is None:
        return None
    (resource,) = (resource,) if known else with_creators(ports, (resource,))
    resource = resource if resource.tags else with_confirmed_tags(ports, resource)
    case = case or ports.cases.get(ref)
    resource = with_run_start(ports, resource, case)
    plan = decide(ports, resource, case, context)
    if any(RULES[rule].reads_tags for rule, _ in plan.due):
        plan = decide_confirmed(ports, plan.resource, case, context)
    runs = resource.status is ResourceStatus.RUNNING
    if plan.due or not plan.evaluation.deferred or not runs:
        return plan
    snapshot = snapshot or take_snapshot(ports, (ref,), context.now)
    return _decide_in_fleet(ports, plan.resource, case, snapshot, context)


def _decide_in_fleet(
    ports: GuardPorts,
    resource: Resource,
    case: Case | None,
    snapshot: FleetSnapshot,
    context: DecisionContext,
) -> ResourcePlan:
    """Decide with the whole fleet and the present activity of the notebook."""
    if resource.place in failed_places(snapshot.errors):  # what is unread elsewhere only excuses
        raise ExceptionGroup("cannot look at the whole fleet", list(snapshot.errors))
    confirmed = with_confirmed_tags(ports, resource)
    observed = _with_activity(ports, confirmed, snapshot.fleet.resources, case, context)
    return decide_confirmed(ports, observed, case, replace(context, fleet=snapshot.fleet))


def _with_activity(
    ports: GuardPorts,
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
