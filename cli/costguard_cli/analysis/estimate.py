"""Estimate a launch before it is made: is it allowed, and what can it cost at most?"""

import re
from collections.abc import Collection, Mapping
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from costguard.common.observed import mapping, seconds, whole_number
from costguard.costs.budgets import BudgetStatus, CostContext, SpendToDate, budget_statuses
from costguard.costs.course_budgets import seat_budgets
from costguard.costs.prices import Prices
from costguard.enforcement.evaluation import Evaluation, evaluate
from costguard.ownership.fleet import Fleet
from costguard.policy.alternatives import cheaper_types
from costguard.policy.model import Policy
from costguard.resources.events import parse_tags
from costguard.resources.kind import Kind
from costguard.resources.model import NO_LIMIT, InstanceGroup, Resource, ResourceStatus
from costguard.resources.translation import translate
from costguard_cli.analysis.launch_request import kind_of_request
from costguard_cli.errors import CannotRunError

NAME = "not-launched"
_HOUR = timedelta(hours=1)
_MOST_HOURS = 87_600  # ten years
_CONDITION, _LIMIT = "StoppingCondition", "MaxRuntimeInSeconds"
_BY_NAME_OR_TAG = ("naming", "missing-tags")  # nothing to judge where only a type is given
_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What the guard would say of a launch. An amount of None is not known."""

    resource: Resource
    evaluation: Evaluation
    usd_per_hour: Decimal | None
    paid: timedelta | None  # the longest time that is paid at this rate
    at_most: Decimal | None
    budgets: tuple[BudgetStatus, ...]
    cheaper: tuple[str, Decimal] | None  # an allowed type, and what one hour costs

    @property
    def allowed(self) -> bool:
        """Whether no rule that can be judged before the launch is broken."""
        return not self.evaluation.violations


def launch_of_request(
    request: Mapping[str, Any], place: tuple[str, str], now: datetime
) -> Resource:
    """Read the JSON of a Create request, as the API and the CLI's `--cli-input-json` take it.

    Raises CannotRunError where it is of no kind that the guard judges.
    """
    kind = kind_of_request(request)
    described = _with_default_limit(request, kind) | {
        kind.translation.arn: _arn(kind, str(kind.identity.name_in(request)), place),
        kind.translation.status: kind.lifecycle.running[0],
        kind.translation.started: now,
        "CreationTime": now,
    }
    tags = parse_tags(request.get("Tags") or [])
    return replace(translate(kind, described), tags=tags, tags_confirmed=True, waits=False)


def _with_default_limit(request: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Add the limit that AWS sets where a request sets none."""
    given = mapping(request.get(_CONDITION))
    default = kind.guardrail.default_runtime
    if default is None or given.get(_LIMIT):
        return dict(request)
    return dict(request) | {_CONDITION: {**given, _LIMIT: default}}


def paid_time(
    request: Mapping[str, Any], resource: Resource, hours: float | None
) -> timedelta | None:
    """Return the longest time that a launch is paid for at its hourly rate; None: not known.

    It is that of its warm pool, too, and of all the jobs that a tuning job may start.
    """
    said = _said_time(request, resource)
    if said is not None and hours is not None:
        raise CannotRunError("The request says itself how long it runs.", "Leave out --hours.")
    return hours_of(hours) if said is None else said


def hours_of(hours: float | None) -> timedelta | None:
    """Read the hours that a person gave. Raises CannotRunError for what is no time."""
    if hours is None:
        return None
    if not 0 < hours <= _MOST_HOURS:
        raise CannotRunError(f"--hours {hours:g} is no time that a launch can run.")
    return timedelta(hours=hours)


def _said_time(request: Mapping[str, Any], resource: Resource) -> timedelta | None:
    """Return the time that the request itself allows; None where it has no limit."""
    runs = resource.max_runtime
    if runs is None or runs == NO_LIMIT:
        return None
    if not resource.limits_children:
        kept = mapping(request.get("ResourceConfig")).get("KeepAlivePeriodInSeconds")
        return runs + (seconds(kept) or timedelta(0))
    limits = mapping(mapping(request.get("HyperParameterTuningJobConfig")).get("ResourceLimits"))
    jobs = whole_number(limits.get("MaxNumberOfTrainingJobs"))
    return (
        runs * jobs / (whole_number(limits.get("MaxParallelTrainingJobs")) or 1) if jobs else None
    )


def launch_of_type(  # noqa: PLR0913 - what a person can say about a launch
    kind: Kind,
    type_: str,
    count: int,
    hours: float | None,
    tags: Mapping[str, str],
    *,
    place: tuple[str, str],
    now: datetime,
) -> Resource:
    """Make up the resource that a launch of some instances would be. Raises CannotRunError."""
    if not _TYPE.fullmatch(type_):
        raise CannotRunError(
            f"{type_!r} is no instance type, and no file here.", "One is named like ml.g5.xlarge."
        )
    return Resource(
        arn=_arn(kind, NAME, place),
        kind=kind.name,
        name=NAME,
        status=ResourceStatus.RUNNING,
        groups=(InstanceGroup(type_, count),),
        instances=count,
        tags=tags,
        tags_confirmed=True,
        created=now,
        started=now,
        max_runtime=hours_of(hours),
    )


def estimate(  # noqa: PLR0913 - what a judgement rests on
    resource: Resource,
    policy: Policy,
    prices: Prices,
    *,
    paid: timedelta | None,
    others: Collection[Resource] = (),
    money: CostContext | None = None,
    now: datetime,
) -> Estimate:
    """Judge a launch beside what runs, and price it for the time that it may be paid."""
    fleet = Fleet((*others, resource), policy.directory)
    hourly = prices.hourly(resource)
    spend = money.spend if money else None
    return Estimate(
        resource=resource,
        evaluation=evaluate(resource, _judged(resource, policy), now=now, fleet=fleet, money=money),
        usd_per_hour=hourly,
        paid=paid,
        at_most=None if hourly is None or paid is None else hourly * Decimal(paid / _HOUR),
        budgets=_budgets(resource, policy, spend, now) if spend else (),
        cheaper=min(
            cheaper_types(resource, policy, prices), key=lambda found: found[::-1], default=None
        ),
    )


def _budgets(
    resource: Resource, policy: Policy, spend: SpendToDate, now: datetime
) -> tuple[BudgetStatus, ...]:
    """List the budgets that it would take from: those of the month, and those of a course."""
    labels, seats = policy.directory.labels(resource), policy.directory.seats
    seat = seats.of(labels.owner, labels.project, now)
    of_course = seat_budgets(seat, labels.owner, spend, seats.zone, now)
    return (*budget_statuses(policy.budgets, spend, labels), *of_course)


def _judged(resource: Resource, policy: Policy) -> Policy:
    """Leave out the rules about names and tags where there is no request to read them from."""
    if resource.name != NAME:
        return policy
    left = {rule: each for rule, each in policy.rules.items() if rule not in _BY_NAME_OR_TAG}
    return replace(policy, rules=left)


def _arn(kind: Kind, name: str, place: tuple[str, str]) -> str:
    account, region = place
    return f"arn:aws:sagemaker:{region}:{account}:{kind.name}/{name}"
