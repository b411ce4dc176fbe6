"""Watch: evaluate the one resource that an event names."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime

from costguard.app import metering
from costguard.app.apply import apply_plan, enqueue_within_limit
from costguard.app.decide import DecisionContext, decide
from costguard.app.decision_log import log_unknowns, resource_keys, resource_name
from costguard.app.event_context import Creator
from costguard.app.ports import WatchPorts
from costguard.enforcement.case import Case
from costguard.enforcement.outcomes import WatchOutcome
from costguard.enforcement.plan import close_case
from costguard.resources.events import IgnoredEvent, parse_event
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import kind_of_arn


def watch(ports: WatchPorts, event: Mapping[str, object]) -> WatchOutcome:
    """Evaluate the one resource that an event names; answer what came of it."""
    parsed = parse_event(event)
    if isinstance(parsed, IgnoredEvent):
        return _log(ports, WatchOutcome(f"ignored-{parsed.reason}"))
    known = ports.events.event_context(parsed)
    if parsed.creator and Creator(parsed.creator, parsed.time).replaces(known.creator):
        ports.events.record_creator(parsed.ref, parsed.creator, parsed.time)
    ref, swept = _known_ref(known.case, parsed.ref), known.swept
    now = max(parsed.time, swept or parsed.time)  # an event may come hours late
    described = ports.inventory.describe(ref)
    if described is None:
        exact = parsed.exact or ref != parsed.ref
        return (
            _gone(ports, ref, known.case, now)
            if exact
            else _log(ports, WatchOutcome.UNKNOWN_NAME, ref)
        )
    described = replace(described, tags=parsed.tags)
    resource = _or_parent(ports, described)
    if resource is not described:
        metering.record_usage(ports.usage, described, ports.policy, swept=swept, now=now)
    if resource is None:
        return _log(ports, WatchOutcome.GONE, ref)
    case = known.case if resource is described else ports.cases.get(resource.ref)
    return _evaluate(ports, resource, case, swept, now)


def _evaluate(
    ports: WatchPorts, resource: Resource, case: Case | None, swept: datetime | None, now: datetime
) -> WatchOutcome:
    """Decide about the resource, save and publish what has changed, and enqueue what is due."""
    money = metering.cost_context(ports.usage, ports.policy, now=now)
    plan = decide(ports, resource, case, DecisionContext(now=now, money=money))
    metering.record_usage(ports.usage, plan.resource, ports.policy, swept=swept, now=now)
    log_unknowns(ports, plan.resource, plan.evaluation.unknowns)
    outcome = WatchOutcome.EVALUATED
    if not apply_plan(ports, plan, now):
        outcome = WatchOutcome.OVERTAKEN
    elif plan.due and not plan.after.held:
        outcome = enqueue_within_limit(ports, plan, swept, now)
    keys = resource_keys(plan.resource, ports.policy)
    rules = ",".join(plan.evaluation.violations)
    ports.log("event evaluated", **keys, rule=rules, outcome=outcome)
    return outcome


def _log(ports: WatchPorts, outcome: WatchOutcome, ref: ResourceRef | None = None) -> WatchOutcome:
    """Log an event that led to no evaluation."""
    ports.log("event evaluated", resource=resource_name(ref) if ref else "", outcome=outcome)
    return outcome


def _gone(ports: WatchPorts, ref: ResourceRef, case: Case | None, now: datetime) -> WatchOutcome:
    """End the usage and close the case of what no longer exists."""
    metering.end_usage(ports.usage, ref, now=now)
    if case is not None and case.is_open:
        ports.cases.save(close_case(case), case, now)
        ports.log("case closed", resource=resource_name(ref), outcome="gone")
    return _log(ports, WatchOutcome.GONE, ref)


def _known_ref(case: Case | None, ref: ResourceRef) -> ResourceRef:
    """Give the name its own case back, where an ARN had lower-cased it."""
    return case.ref if case and ref.name.islower() else ref


def _or_parent(ports: WatchPorts, resource: Resource) -> Resource | None:
    """Evaluate the parent instead: a child that is stopped would only be launched again.

    The parent's ARN may spell its name in lower case; a child's name begins with the right one.
    """
    kind = kind_of_arn(resource.parent) if resource.parent else None
    if resource.parent is None or kind is None:
        return resource
    tail = kind.identity.name_in_arn(resource.parent)
    begin = resource.name[: len(tail)]
    name = begin if begin.lower() == tail.lower() else tail
    return ports.inventory.describe(ResourceRef(kind.name, name))
