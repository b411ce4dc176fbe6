"""Watch: evaluate the one resource that an event names."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime

from msgspec import Struct

from costguard.app import known_costs, metering
from costguard.app.admin_notices import cost_call
from costguard.app.apply import apply_plan, enqueue_within_limit
from costguard.app.creators import login_of, with_creators
from costguard.app.decide import DecisionContext, decide
from costguard.app.decision_log import log_unknowns, resource_keys, resource_name
from costguard.app.event_context import EventContext
from costguard.app.exceptions import current_policy
from costguard.app.pipelines import run_of
from costguard.app.ports import WatchPorts
from costguard.app.run_start import with_run_start
from costguard.app.seldom_kinds import note_event
from costguard.app.silence import Silence, find_silence
from costguard.app.spokes import while_unread
from costguard.enforcement.case import Case, close_case
from costguard.enforcement.outcomes import WatchOutcome
from costguard.ownership.creator import Creator
from costguard.resources.events import IgnoredEvent, ResourceEvent, parse_event
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME, place_of_event
from costguard.resources.registry import kind_of_arn
from costguard.resources.told_calls import told_call


class _Times(Struct, frozen=True, kw_only=True):
    """The present time, the time of the event, and the last sweep."""

    now: datetime
    changed: datetime
    swept: datetime | None


def watch(ports: WatchPorts, event: Mapping[str, object], *, now: datetime) -> WatchOutcome:
    """Evaluate the one resource that an event names; return the outcome.

    The event's own time only sets the begin or the end of usage; it decides nothing else.
    """
    if place_of_event(event, ports.place) not in (HOME, *ports.spokes):
        return _log(ports, WatchOutcome.NOT_GUARDED)
    parsed = parse_event(event, home=ports.place)
    if isinstance(parsed, IgnoredEvent):
        return _log(ports, _tell(ports, event, parsed, now))
    known = ports.events.event_context(parsed)
    _remember(ports, parsed, known, now)
    ref, swept = _known_ref(known.case, parsed.ref), known.swept
    changed = min(now, max(parsed.time, swept or parsed.time))  # an event may come hours late
    times = _Times(now=now, changed=changed, swept=swept)
    described = ports.inventory.describe(ref)
    if described is None and (parsed.exact or ref != parsed.ref):
        return _gone(ports, ref, known.case, times)
    if described is None:
        return _log(ports, WatchOutcome.UNKNOWN_NAME, ref)
    described = with_run_start(ports, _with_told(ports, described, parsed, known), known.case)
    resource = _or_parent(ports, described)
    if resource is not described:
        resource = _tagged_for(ports, described, resource)
        child = metering.as_its_parent(described, resource)
        metering.record_usage(ports.usage, child, ports.policy, swept=swept, now=changed)
    if resource is None:
        return _log(ports, WatchOutcome.GONE, ref)
    case = known.case if resource is described else ports.cases.get(resource.ref)
    return _evaluate(ports, resource, case, times)


def _tell(
    ports: WatchPorts, event: Mapping[str, object], ignored: IgnoredEvent, now: datetime
) -> WatchOutcome:
    """Tell the admins of a call whose cost nothing watches; any other event is of no interest."""
    place = place_of_event(event, ports.place)
    if (call := told_call(event)) is None:
        return WatchOutcome(f"ignored-{ignored.reason}")
    return WatchOutcome.TOLD if cost_call(ports, call, place, now) else WatchOutcome.TOLD_BEFORE


def _remember(ports: WatchPorts, event: ResourceEvent, known: EventContext, now: datetime) -> None:
    """Keep what the event tells: who made it, and that there may be one of its kind."""
    if (told := _creator(event, known)) and told != known.creator:
        ports.events.record_creator(event.ref, told.login, told.told)
    note_event(ports, event.ref, now)


def _with_told(
    ports: WatchPorts, described: Resource, event: ResourceEvent, known: EventContext
) -> Resource:
    """Add the tags and the creator that the event tells; it tells none of another's job."""
    if described.belongs_to:
        return with_creators(ports, (described,))[0]
    creator = login_of(_creator(event, known), described)
    return replace(described, tags=event.tags, creator=creator)


def _evaluate(
    ports: WatchPorts, resource: Resource, case: Case | None, times: _Times
) -> WatchOutcome:
    """Decide about the resource, save and publish changes, and enqueue a due stop."""
    ports = replace(ports, policy=current_policy(ports))
    now, swept = times.now, times.swept
    money = known_costs.cost_context(ports.usage, ports.policy, now=now)
    warned = case is not None and bool(case.findings)  # otherwise silence does not matter
    silence = find_silence(ports, swept, now=now) if warned else Silence()
    silence = while_unread(ports, silence, resource.place, now) if warned else silence
    plan = decide(ports, resource, case, DecisionContext(now=now, silence=silence, money=money))
    metering.record_usage(ports.usage, plan.resource, ports.policy, swept=swept, now=times.changed)
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


def _tagged_for(ports: WatchPorts, child: Resource, parent: Resource | None) -> Resource | None:
    """Read the tags of a parent once, for itself and for a child that has none of its own."""
    if parent is None or child.tags:
        return parent
    return replace(parent, tags=ports.inventory.tags(parent.tagged), tags_confirmed=True)


def _creator(event: ResourceEvent, known: EventContext) -> Creator | None:
    """Return the creator, from this event or an earlier one."""
    told = Creator(event.creator, event.time) if event.creator else None
    return told if told and told.replaces(known.creator) else known.creator


def _log(ports: WatchPorts, outcome: WatchOutcome, ref: ResourceRef | None = None) -> WatchOutcome:
    """Log an event that led to no evaluation."""
    ports.log("event evaluated", resource=resource_name(ref) if ref else "", outcome=outcome)
    return outcome


def _gone(ports: WatchPorts, ref: ResourceRef, case: Case | None, times: _Times) -> WatchOutcome:
    """End the usage and close the case of a deleted resource; its owner hears if we deleted it."""
    metering.end_usage(ports.usage, ref, now=times.changed)
    if case is not None and case.was is not None:
        return _evaluate(ports, case.was, case, times)
    if case is not None and case.is_open:
        ports.cases.save(close_case(case), case, times.now)
        ports.log("case closed", resource=resource_name(ref), outcome="gone")
    return _log(ports, WatchOutcome.GONE, ref)


def _known_ref(case: Case | None, ref: ResourceRef) -> ResourceRef:
    """Restore the case of the name if an ARN has it in lower case."""
    return case.ref if case and ref.name.islower() else ref


def _or_parent(ports: WatchPorts, resource: Resource) -> Resource | None:
    """Evaluate the parent instead: a child that is stopped would only be launched again.

    So is a run of a pipeline. The parent's ARN may spell its name in lower case; a child's name
    begins with the right one.
    """
    kind = kind_of_arn(resource.parent) if resource.parent else None
    if resource.parent is None or kind is None:
        run = run_of(ports, resource)
        return with_creators(ports, (run,))[0] if run else resource
    tail = kind.identity.name_in_arn(resource.parent)
    begin = resource.name[: len(tail)]
    name = begin if begin.lower() == tail.lower() else tail
    parent = ports.inventory.describe(resource.beside(kind.name, name))
    return with_creators(ports, (parent,))[0] if parent else None
