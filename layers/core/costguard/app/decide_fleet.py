"""Decide about all resources: the first part of a sweep, and the whole of an audit."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime
from functools import partial

from msgspec import Struct

from costguard.app import known_costs
from costguard.app.activity_polling import poll_activity
from costguard.app.at_place import at_place
from costguard.app.creators import with_creators
from costguard.app.decide import DecisionContext, decide
from costguard.app.decision_log import log_evaluations, resource_name
from costguard.app.event_context import SWEPT
from costguard.app.known_deliveries import with_deliveries
from costguard.app.ports import GuardPorts, SweepPorts
from costguard.app.run_start import with_run_start
from costguard.app.seldom_kinds import kind_label, list_running
from costguard.app.silence import Silence, wake
from costguard.app.spokes import failed_places, note_spokes, unread_places
from costguard.app.use_polling import poll_use
from costguard.common.concurrency import ErrorCollector
from costguard.costs.budgets import CostContext
from costguard.enforcement.case import Case, close_case
from costguard.enforcement.plan import ResourcePlan
from costguard.enforcement.run import not_enforced
from costguard.ownership.fleet import Fleet, without_children
from costguard.policy.model import Policy
from costguard.resources.model import Resource
from costguard.resources.places import HOME
from costguard.resources.registry import KINDS


class Observed(Struct, frozen=True, kw_only=True):
    """The facts that a sweep reads before it decides."""

    cases: Mapping[str, Case]  # by the resource's key
    silence: Silence
    running: tuple[Resource, ...]
    fleet: tuple[Resource, ...]  # of these, the evaluated ones, with their activity
    swept: datetime | None  # the last time
    unread: frozenset[str] = frozenset()  # places of which nothing could be read
    lost: Mapping[str, datetime] = {}  # since when nothing was seen of places, before this sweep


def decide_fleet(
    ports: SweepPorts, errors: ErrorCollector, now: datetime
) -> tuple[Observed, CostContext | None, list[ResourcePlan]]:
    """Read all resources and decide about them; close the cases of deleted ones."""
    observed, money = _observe(ports, errors, now)
    plans = _decide_all(ports, observed, money, errors, now)
    if observed.silence.asleep:  # the first sweep after a silence only warns
        plans = [replace(plan, due=()) for plan in plans]
    return observed, money, plans


def _observe(
    ports: SweepPorts, errors: ErrorCollector, now: datetime
) -> tuple[Observed, CostContext | None]:
    """Read the ledger, the running resources, the costs, and the activity of notebooks."""
    # longer than 30 lines: one line a fact
    cases, money = {case.ref.key: case for case in ports.cases.all()}, None
    running, unlisted, lost = _running(ports, cases, errors, now)
    unread = unread_places(unlisted, running)
    with errors:
        unseen = {place: since for place, since in lost.items() if place in unread}
        money = known_costs.update_spend(ports.usage, ports.policy, now=now, unread=unseen)
    fleet = without_children(running)
    with errors:
        asked, policy, blind = ports.activity, ports.policy, failed_places(unlisted)
        fleet, failures = poll_activity(
            fleet, policy, asked, cases=cases, now=now, money=money, unlisted=blind
        )
        errors.add(failures)
    with errors:
        fleet, failures = poll_use(fleet, ports.policy, ports.use, cases=cases, now=now)
        errors.add(failures)
    swept = ports.marks.last_time(SWEPT)
    silence = wake(ports, swept, now=now)
    observed = Observed(
        cases=cases,
        silence=silence,
        running=running,
        fleet=fleet,
        swept=swept,
        unread=unread,
        lost=lost,
    )
    return observed, money


def _running(
    ports: SweepPorts, cases: Mapping[str, Case], errors: ErrorCollector, now: datetime
) -> tuple[tuple[Resource, ...], tuple[Exception, ...], Mapping[str, datetime]]:
    """List what runs, with creators, what could not be listed, and since when places were not."""
    lost: Mapping[str, datetime] = {}
    used = {kind_label(case) for case in cases.values() if case.is_open}
    running, unlisted = list_running(ports, used, errors, now)
    errors.add(unlisted)
    with errors:
        lost = note_spokes(ports, unlisted, now)
    made = with_creators(ports, running)
    return tuple(with_run_start(ports, r, cases.get(r.ref.key)) for r in made), unlisted, lost


def _decide_all(
    ports: SweepPorts,
    observed: Observed,
    money: CostContext | None,
    errors: ErrorCollector,
    now: datetime,
) -> list[ResourcePlan]:
    """Decide about each resource, in order; leave out those whose decision fails."""
    fleet = Fleet(observed.fleet, ports.policy.directory)
    judged = (each for each in observed.fleet if not fleet.is_step(each))
    resources = (*judged, *_with_open_cases(ports, observed, errors, now))
    context = DecisionContext(now=now, silence=observed.silence, fleet=fleet, money=money)
    decided = dict[str, ResourcePlan]()
    known = (observed.cases.get(each.ref.key) for each in resources)
    reading: GuardPorts = ports
    with errors:
        reading = with_deliveries(ports, filter(None, known), now)

    def decide_one(resource: Resource) -> None:
        key = resource.ref.key
        decided[key] = decide(reading, resource, observed.cases.get(key), context)

    errors.add(ports.run_concurrently(partial(decide_one, each) for each in resources))
    plans = [decided[key] for each in resources if (key := each.ref.key) in decided]
    log_evaluations(ports, plans, daily=_is_daily(observed.swept, now))
    return plans


def _with_open_cases(
    ports: SweepPorts, observed: Observed, errors: ErrorCollector, now: datetime
) -> list[Resource]:
    """Describe resources with an open case that no longer run; close the cases of deleted ones."""
    fleet, guarded = {resource.ref.key for resource in observed.fleet}, (HOME, *ports.spokes)
    missing = [
        case
        for key, case in observed.cases.items()
        if key not in fleet
        and case.ref.place not in observed.unread
        and (
            (case.is_open and case.ref.place not in guarded)  # closed: no warning there is resumed
            or _is_looked_at(case, at_place(ports, case.ref.place).policy, observed.swept, now)
        )
    ]
    found: list[Resource] = []

    def describe(case: Case) -> None:
        resource = ports.inventory.describe(case.ref) or case.was
        if resource is not None:
            found.append(resource)
            return
        ports.cases.save(close_case(case), case, now)
        ports.log("case closed", resource=resource_name(case.ref), outcome="gone")

    errors.add(ports.run_concurrently(partial(describe, case) for case in missing))
    made = with_creators(ports, found)
    return [with_run_start(ports, each, observed.cases.get(each.ref.key)) for each in made]


def _is_looked_at(case: Case, policy: Policy, swept: datetime | None, now: datetime) -> bool:
    """Return whether the case of a resource that does not run must be evaluated.

    A stop waits for its confirmation and a job for its end. A stopped notebook is evaluated once a
    day, because its deletion may have had no event, and always while a lowered mode matters.
    """
    ends = not KINDS[case.kind].lifecycle.restartable
    if case.stopping or not_enforced(case, policy, now):
        return True
    return case.is_open and (_is_daily(swept, now) or ends)


def _is_daily(swept: datetime | None, now: datetime) -> bool:
    """Tell whether this is the first sweep of a UTC day."""
    return swept is None or swept.date() != now.date()
