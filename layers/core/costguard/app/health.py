"""Health metrics of one sweep: what it evaluated, and what waits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from costguard.app.unobservable import is_refused, is_unobservable
from costguard.costs.prices import Prices
from costguard.enforcement.brake import FleetPlan
from costguard.enforcement.case import Case
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.plan import ResourcePlan
from costguard.resources.model import ResourceStatus


def sweep_metrics(
    plan: FleetPlan, evaluations: Sequence[Evaluation], prices: Prices | None
) -> Mapping[str, int]:
    """Count the evaluated resources and the planned actions.

    Resources without a price are counted by AWS's own list, because the bundled one is incomplete.
    """
    counted = {
        "ResourcesEvaluated": len(evaluations),
        "Violations": sum(bool(each.violations) for each in evaluations),
        "Unknowns": sum(len(each.unknowns) for each in evaluations),
        "Unobservable": sum(is_unobservable(each) for each in evaluations),
        "ProbesRefused": sum(is_refused(each) for each in evaluations),
        "StopsDue": sum(bool(step.due) for step in plan.plans),
        "StopsUnheard": sum(bool(step.unheard) for step in plan.plans),
        "StopsHeld": sum(len(notice.resources) for notice in plan.notices),
    }
    if prices and prices.fetched:
        running = [
            each.resource for each in evaluations if each.resource.status is ResourceStatus.RUNNING
        ]
        counted["UnpricedResources"] = sum(bool(prices.unpriced(r)) for r in running)
    return counted


def backlog_metrics(
    plan: FleetPlan,
    cases: Iterable[Case],
    prices: Prices | None,
    *,
    now: datetime,
) -> Mapping[str, int]:
    """Measure, in seconds, the oldest stop not done and notice not published; 0 for none.

    The age of prices that were never fetched is unknown, and left out.
    """
    stops = [since for step in plan.plans if (since := _stop_since(step))]
    notices = [case.updated for case in cases if case.outbox and case.updated]
    ages = {
        "OldestStopSeconds": _age(stops, now),
        "OldestNoticeSeconds": _age(notices, now),
    }
    if prices and prices.fetched:
        ages["PricesAgeSeconds"] = _age([prices.fetched, *prices.listed.values()], now)
    return ages


def untaken_metrics(untaken: datetime | None, *, now: datetime) -> Mapping[str, int]:
    """Measure, in seconds, the oldest notice that was published and not taken; 0 for none."""
    return {"OldestUntakenNoticeSeconds": _age([untaken] if untaken else [], now)}


def _stop_since(step: ResourcePlan) -> datetime | None:
    """Return since when the stop is due: its request, its deadline, or the restart.

    A stop without a grace period has no finding until it is requested: its age is unknown.
    """
    if step.after.stopping:
        return step.after.stopping
    began = step.resource.started
    findings = [step.after.findings[rule] for rule, _ in step.due if rule in step.after.findings]
    return min((m.deadline or max(m.since, began or m.since) for m in findings), default=None)


def _age(moments: Iterable[datetime], now: datetime) -> int:
    return int(max((now - when for when in moments), default=timedelta(0)).total_seconds())
