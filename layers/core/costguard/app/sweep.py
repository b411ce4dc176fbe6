"""The three jobs, with every port as a plain function: watch, sweep, enforce.

They share one way: look, evaluate, plan, write, tell, and hand over or carry out the stop.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from costguard.app import admin_notices, health, metering
from costguard.app.activity_polling import poll_activity
from costguard.app.apply import apply_and_enqueue, flush_outbox
from costguard.app.confirm import judge
from costguard.app.decisions import log_unknowns, new_unknowns, resource_name
from costguard.app.event_context import SWEPT
from costguard.app.ports import Ports
from costguard.common.concurrency import attempt
from costguard.costs.budgets import CostContext
from costguard.costs.prices import Prices
from costguard.enforcement.case import Case
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.plan import close_case, plan_fleet
from costguard.ownership.fleet import Fleet, without_children
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS


def sweep(ports: Ports, *, now: datetime) -> Mapping[str, int]:
    """Look at everything that runs or has an open case. Raises what went wrong, at the end."""
    cases = {case.ref.key: case for case in ports.cases()}
    everything, failures = ports.running(now)
    fleet = without_children(everything)
    errors = list(failures)
    if not failures:  # a job that could not be read may be a notebook's work
        fleet, failures = poll_activity(
            fleet, ports.policy, ports.observe_activity, cases=cases, now=now
        )
        errors += failures
    swept, counted = ports.last_time(SWEPT), list[CostContext | None]()
    errors += attempt(
        lambda: counted.append(metering.update_spend(ports.meter, ports.policy, now=now))
    )
    money = counted[0] if counted else None
    seen = {resource.ref.key for resource in fleet}
    others: list[Resource] = []
    missed = [c for k, c in cases.items() if k not in seen and _to_look_at(c, swept, now)]
    errors += ports.together(partial(_look_again, ports, case, others, now) for case in missed)
    judged, unjudged = _judge_all(ports, (*fleet, *others), cases, fleet, money, now)
    errors += unjudged
    _log_unknowns(ports, judged, daily=_is_daily(swept, now))
    told = {judgement.resource.ref.key: judgement.resource for judgement, _ in judged}
    metered = [told.get(r.ref.key, r) for r in everything]
    errors += ports.together(
        metering.meter_fleet(
            ports.meter, ports.describe, metered, ports.policy, swept=swept, now=now
        )
    )
    plan = plan_fleet(judged, ports.policy, now=now)
    errors += apply_and_enqueue(ports, plan.steps, now)
    errors += ports.together(partial(flush_outbox, ports, case, now) for case in cases.values())
    errors += attempt(partial(admin_notices.ended_exemptions, ports, now))
    errors += attempt(partial(ports.mark_time, SWEPT, now))
    errors += attempt(
        partial(admin_notices.unobservable_notebooks, ports, [j for j, _ in judged], now)
    )
    if money and money.spend:
        errors += attempt(partial(admin_notices.budgets, ports, money.spend, now))
    rates = list[Prices]()
    errors += attempt(lambda: rates.append(ports.meter.prices(now)))
    numbers = {
        **health.sweep_metrics(plan, [j for j, _ in judged], rates[0] if rates else None),
        **health.backlog_metrics(plan, cases.values(), rates[0] if rates else None, now=now),
        "TaskFailures": len(errors),
    }
    ports.count(numbers)
    for error in errors:
        ports.log("task failed", outcome="failed", why=f"{type(error).__name__}: {error}")
    if errors:
        msg = f"the sweep could not do {len(errors)} of its tasks"
        raise ExceptionGroup(msg, errors)
    return numbers


def _to_look_at(case: Case, swept: datetime | None, now: datetime) -> bool:
    """Tell whether a case of something that does not run must be looked at.

    A stop waits for its confirmation and a job for its end; a stopped notebook only waits, and is
    looked at once a day: nobody may have told that it was deleted.
    """
    ends = not KINDS[case.kind].lifecycle.restartable
    return bool(case.stopping) or (case.is_open and (_is_daily(swept, now) or ends))


def _is_daily(swept: datetime | None, now: datetime) -> bool:
    """Tell whether this is the first sweep of a UTC day."""
    return swept is None or swept.date() != now.date()


def _log_unknowns(
    ports: Ports, judged: Collection[tuple[Evaluation, Case | None]], *, daily: bool
) -> None:
    """Log what could not be evaluated: changes, and everything once a day."""
    for judgement, case in judged:
        known = case.gaps if case else ()
        unknowns = new_unknowns(judgement, known, daily=daily)
        log_unknowns(ports, judgement.resource, unknowns)


def _look_again(ports: Ports, case: Case, found: list[Resource], now: datetime) -> None:
    """Look at something with an open case that no longer runs; close the case if it is gone."""
    resource = ports.describe(case.ref)
    if resource is None:
        ports.save(close_case(case), case, now)
        ports.log("case closed", resource=resource_name(case.ref), outcome="gone")
    else:
        found.append(resource)


def _judge_all(
    ports: Ports,
    resources: Collection[Resource],
    cases: Mapping[str, Case],
    fleet: tuple[Resource, ...],
    money: CostContext | None,
    now: datetime,
) -> tuple[list[tuple[Evaluation, Case | None]], list[Exception]]:
    """Judge each with its case, in order; one that cannot be judged is left out."""
    owned, found = Fleet(fleet, ports.policy.directory), dict[str, Evaluation]()

    def ask(resource: Resource) -> None:
        case = cases.get(resource.ref.key)
        said = judge(ports, resource, case, now=now, fleet=owned, money=money)
        found[resource.ref.key] = said

    errors = ports.together(partial(ask, resource) for resource in resources)
    keys = (resource.ref.key for resource in resources)
    return [(found[key], cases.get(key)) for key in keys if key in found], errors
