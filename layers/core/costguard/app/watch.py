"""Watch: evaluate the one resource that an event names."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime

from costguard.app import metering
from costguard.app.apply import apply_plan, enqueue_within_limit
from costguard.app.confirm import judge
from costguard.app.decisions import log_unknowns, resource_keys, resource_name
from costguard.app.event_context import Creator
from costguard.app.ports import Ports
from costguard.enforcement.case import Case
from costguard.enforcement.plan import close_case, plan_resource
from costguard.resources.events import IgnoredEvent, parse_event
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import kind_of_arn


def watch(ports: Ports, event: Mapping[str, object]) -> str:
    """Look at the one resource that an event names. Answers what came of it, in a word."""
    seen = parse_event(event)
    if isinstance(seen, IgnoredEvent):
        return _log(ports, f"ignored-{seen.reason}")
    known = ports.event_context(seen)
    if seen.creator and Creator(seen.creator, seen.time).replaces(known.creator):
        ports.record_creator(seen.ref, seen.creator, seen.time)
    ref, swept = _known_ref(known.case, seen.ref), known.swept
    now = max(seen.time, swept or seen.time)  # an event may come hours late
    itself = ports.describe(ref)
    if itself is None:
        sure = seen.exact or ref != seen.ref
        return _gone(ports, ref, known.case, now) if sure else _log(ports, "unknown-name", ref)
    itself = replace(itself, tags=seen.tags)
    resource = _of_its_parent(ports, itself)
    if resource is not itself:
        metering.record_usage(ports.meter, itself, ports.policy, swept=swept, now=now)
    if resource is None:
        return _log(ports, "gone", ref)
    case = known.case if resource is itself else ports.case(resource.ref)
    return _evaluate(ports, resource, case, swept, now)


def _evaluate(
    ports: Ports, resource: Resource, case: Case | None, swept: datetime | None, now: datetime
) -> str:
    """Evaluate the resource, write and tell what has changed, and enqueue what is due."""
    money = metering.cost_context(ports.meter, ports.policy, now=now)
    judgement = judge(ports, resource, case, now=now, money=money)
    metering.record_usage(ports.meter, judgement.resource, ports.policy, swept=swept, now=now)
    log_unknowns(ports, judgement.resource, judgement.unknowns)
    step = plan_resource(judgement, case, ports.policy, now=now)
    outcome = "looked"
    if not apply_plan(ports, step, now):
        outcome = "overtaken"
    elif step.due and not step.after.held:
        outcome = enqueue_within_limit(ports, step, swept, now)
    keys = resource_keys(judgement.resource, ports.policy)
    rules = ",".join(judgement.violations)
    ports.log("event evaluated", **keys, rule=rules, outcome=outcome)
    return outcome


def _log(ports: Ports, outcome: str, ref: ResourceRef | None = None) -> str:
    """Log an event that led to no evaluation."""
    ports.log("event evaluated", resource=resource_name(ref) if ref else "", outcome=outcome)
    return outcome


def _gone(ports: Ports, ref: ResourceRef, case: Case | None, now: datetime) -> str:
    """End the usage and close the case of what no longer exists."""
    metering.end_usage(ports.meter, ref, now=now)
    if case is not None and case.is_open:
        ports.save(close_case(case), case, now)
        ports.log("case closed", resource=resource_name(ref), outcome="gone")
    return _log(ports, "gone", ref)


def _known_ref(case: Case | None, ref: ResourceRef) -> ResourceRef:
    """Give the name its own case back, where an ARN had lower-cased it."""
    return case.ref if case and ref.name.islower() else ref


def _of_its_parent(ports: Ports, resource: Resource | None) -> Resource | None:
    """Look at the parent instead: a child that is stopped would only be launched again.

    The parent's ARN may spell its name in lower case; a child's name begins with the right one.
    """
    if (
        resource is None
        or resource.parent is None
        or (kind := kind_of_arn(resource.parent)) is None
    ):
        return resource
    tail = kind.identity.name_in_arn(resource.parent)
    begin = resource.name[: len(tail)]
    name = begin if begin.lower() == tail.lower() else tail
    return ports.describe(ResourceRef(kind.name, name))
