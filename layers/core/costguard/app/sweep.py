"""Sweep: evaluate everything that runs or has an open case."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime
from functools import partial

from costguard.app import admin_channel, admin_notices, health, metering, owner_notices
from costguard.app.apply import apply_and_enqueue
from costguard.app.decide_fleet import Observed, decide_fleet
from costguard.app.event_context import SWEPT
from costguard.app.exceptions import current_policy, tell_of_exceptions
from costguard.app.outbox import flush_outbox
from costguard.app.ports import SweepPorts
from costguard.app.rosters import refresh_rosters
from costguard.app.unwatched import look_at_unwatched
from costguard.common.concurrency import ErrorCollector
from costguard.costs.budgets import CostContext
from costguard.enforcement.brake import FleetPlan, hold_back
from costguard.enforcement.plan import ResourcePlan


def sweep(ports: SweepPorts, *, now: datetime) -> Mapping[str, int]:
    """Evaluate every running resource and every open case; return the sweep's metrics.

    Errors are collected and raised as an ExceptionGroup at the end.
    """
    errors, untaken = ErrorCollector(), None
    ports = refresh_rosters(ports, errors, now)
    ports = replace(ports, policy=current_policy(ports))
    with errors:
        untaken = ports.receipts.oldest_untaken(now)  # nobody can have taken what follows
    with errors:
        admin_channel.check_admin_channel(ports, now)
    observed, money, plans = decide_fleet(ports, errors, now)
    with errors:
        admin_notices.ended_silence(ports, observed.silence, plans, now)
    with errors:
        errors.add(ports.run_concurrently(_metering_tasks(ports, observed, plans, now)))
    fleet_plan = hold_back(plans, ports.policy, now=now)
    errors.add(apply_and_enqueue(ports, fleet_plan.plans, now))
    cases = observed.cases.values()
    errors.add(ports.run_concurrently(partial(flush_outbox, ports, case, now) for case in cases))
    _tell_admins(ports, plans, money, errors, now)
    errors.add(ports.unreadable())
    metrics = _metrics(ports, fleet_plan, plans, observed, errors, now)
    ports.count(metrics := {**metrics, **health.untaken_metrics(untaken, now=now)})
    _raise_all(ports, errors)
    return metrics


def _raise_all(ports: SweepPorts, errors: ErrorCollector) -> None:
    """Log every error, and raise them together."""
    for error in errors.errors:
        ports.log("task failed", outcome="failed", why=f"{type(error).__name__}: {error}")
    if errors.errors:
        msg = f"the sweep could not do {len(errors.errors)} of its tasks"
        raise ExceptionGroup(msg, errors.errors)


def _metering_tasks(
    ports: SweepPorts, observed: Observed, plans: Iterable[ResourcePlan], now: datetime
) -> list[metering.MeteringTask]:
    """List the metering tasks, with confirmed tags."""
    confirmed = {plan.resource.ref.key: plan.resource for plan in plans}
    fleet = [confirmed.get(resource.ref.key, resource) for resource in observed.running]
    return metering.meter_fleet(
        ports.usage,
        ports.inventory,
        fleet,
        ports.policy,
        swept=observed.swept,
        now=now,
        spokes=ports.spokes,
        unread=observed.unread,
        lost=observed.lost,
    )


def _tell_admins(
    ports: SweepPorts,
    plans: list[ResourcePlan],
    money: CostContext | None,
    errors: ErrorCollector,
    now: datetime,
) -> None:
    """Send the admins the notices about the account, and mark the sweep as done."""
    with errors:
        admin_notices.ended_exemptions(ports, now)
    with errors:
        ports.receipts.begin(now)
        ports.marks.mark_time(SWEPT, now)
    with errors:
        look_at_unwatched(ports, now)
    evaluations = [plan.evaluation for plan in plans]
    with errors:
        admin_notices.unobservable_notebooks(ports, evaluations, now)
    with errors:
        admin_notices.unjudged_parents(ports, evaluations, now)
    with errors:
        owner_notices.about_owners(ports, [plan.resource for plan in plans], money, now)
    with errors:
        tell_of_exceptions(ports, [plan.resource for plan in plans], money, now)
    if money and money.spend:
        with errors:
            admin_notices.budgets(ports, money.spend, now)


def _metrics(
    ports: SweepPorts,
    fleet_plan: FleetPlan,
    plans: list[ResourcePlan],
    observed: Observed,
    errors: ErrorCollector,
    now: datetime,
) -> Mapping[str, int]:
    """Count what the sweep evaluated, what waits, and what failed."""
    prices = None
    with errors:
        prices = ports.usage.prices(now)
    evaluations = [plan.evaluation for plan in plans]
    return {
        **health.sweep_metrics(fleet_plan, evaluations, prices),
        **health.backlog_metrics(fleet_plan, observed.cases.values(), prices, now=now),
        "TaskFailures": len(errors.errors),
    }
