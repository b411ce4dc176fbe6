"""Assess a fleet: what the guard would decide about each resource, without acting on it.

The guard's own rules evaluate it, and the guard's own planner plans it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from costguard.costs.budgets import CostContext
from costguard.costs.prices import Prices
from costguard.enforcement.brake import plan_fleet
from costguard.enforcement.case import Case, FindingState
from costguard.enforcement.evaluation import Evaluation, evaluate
from costguard.enforcement.hearing import Hearing
from costguard.enforcement.plan import ResourcePlan
from costguard.ownership.directory import Owner
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.unwatched import UnwatchedList
from costguard.rules.idle import RULE as IDLE
from costguard_cli.analysis.studio import StudioSurvey


class AssessmentOutcome(Enum):
    """What the guard would do about one resource now, the most severe first."""

    STOP = "stop"  # its time is up, or there is no grace
    HELD_BACK = "held-back"  # due, but more than max_stops are
    STOPPING = "stopping"  # the guard has asked for the stop, or somebody else has
    WARN = "warn"  # the owner is warned; the stop comes at the deadline
    TELL = "tell"  # the owner is notified; nothing is stopped
    OBSERVE = "observe"  # only the admins are notified
    NOT_ASKED = "not-asked"  # the sweep asks what an audit may not: a notebook's Jupyter
    CANNOT_TELL = "cannot-tell"
    FINE = "fine"

    @property
    def rank(self) -> int:
        """Sort key: the most severe outcome comes first."""
        return list(AssessmentOutcome).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedResource:
    """One resource with its evaluation and its plan."""

    evaluation: Evaluation
    plan: ResourcePlan
    outcome: AssessmentOutcome
    when: datetime | None  # of the stop, where one is announced
    owner: Owner
    usd_per_hour: Decimal | None  # None: no price is known

    @property
    def resource(self) -> Resource:
        """The resource itself."""
        return self.evaluation.resource


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read, so that nothing is known about it."""

    what: str
    why: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The assessment of one region at one moment."""

    region: str
    now: datetime
    policy: Policy
    rows: tuple[AssessedResource, ...]
    unseen: tuple[Unreadable, ...] = ()
    unwatched: UnwatchedList | None = None  # what bills and is only told of
    studio: StudioSurvey | None = None
    prices: Prices = field(default_factory=Prices)
    list_prices: bool = False  # AWS was asked for them
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[AssessedResource, ...]:
        """The resources that violate a rule."""
        return tuple(row for row in self.rows if row.evaluation.violations)


@dataclass(slots=True)
class CostTotal:
    """The number of resources and their cost an hour; `unpriced` of them have no known price."""

    count: int = 0
    usd_per_hour: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, row: AssessedResource) -> None:
        """Add one resource."""
        self.count += 1
        if row.usd_per_hour is None:
            self.unpriced += 1
        else:
            self.usd_per_hour += row.usd_per_hour


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """What the ledger knows: the cases by key, and who has heard of the warnings in one."""

    cases: Mapping[str, Case] = field(default_factory=dict)
    hear: Callable[[Evaluation, Case | None], Hearing] = lambda _evaluation, _case: Hearing()


NO_LEDGER = LedgerView()


def assess_fleet(
    fleet: Sequence[Resource],
    policy: Policy,
    prices: Prices,
    *,
    now: datetime,
    ledger: LedgerView = NO_LEDGER,
    money: CostContext | None = None,
) -> tuple[AssessedResource, ...]:
    """Evaluate and plan everything that runs, as the sweep does; the most severe comes first."""
    everything = Fleet(tuple(fleet), policy.directory)
    evaluated = [
        (evaluate(r, policy, now=now, fleet=everything, money=money), r)
        for r in everything.resources
    ]
    found = [(evaluation, ledger.cases.get(r.ref.key)) for evaluation, r in evaluated]
    plan = plan_fleet(
        [(evaluation, case, ledger.hear(evaluation, case)) for evaluation, case in found],
        policy,
        now=now,
    )
    return assess_plans(plan.plans, policy, prices)


def assess_plans(
    plans: Iterable[ResourcePlan], policy: Policy, prices: Prices
) -> tuple[AssessedResource, ...]:
    """Assess what was planned; the most severe comes first."""
    return tuple(sorted((assess_resource(plan, policy, prices) for plan in plans), key=_gravest))


def assess_resource(step: ResourcePlan, policy: Policy, prices: Prices) -> AssessedResource:
    """Assess one resource from its plan."""
    outcome, when = outcome_of(step.evaluation, step)
    return AssessedResource(
        evaluation=step.evaluation,
        plan=step,
        outcome=outcome,
        when=when,
        owner=policy.directory.owner(step.resource),
        usd_per_hour=hourly(step.resource, prices),
    )


def outcome_of(
    evaluation: Evaluation, step: ResourcePlan
) -> tuple[AssessmentOutcome, datetime | None]:
    """Derive the outcome, and the time of the stop, from the plan."""
    after, status = step.after, evaluation.resource.status
    findings = after.findings.values()
    deadlines = [m.deadline for m in findings if m.state is FindingState.WARNED and m.deadline]
    states = {finding.state for finding in findings}
    candidates = {
        AssessmentOutcome.STOP: bool(step.due),
        AssessmentOutcome.HELD_BACK: after.held,
        AssessmentOutcome.STOPPING: bool(after.stopping) or status is ResourceStatus.STOPPING,
        AssessmentOutcome.WARN: bool(deadlines),
        AssessmentOutcome.TELL: FindingState.NOTIFIED in states,
        AssessmentOutcome.OBSERVE: FindingState.OBSERVED in states,
        AssessmentOutcome.NOT_ASKED: is_unasked(evaluation),
        AssessmentOutcome.CANNOT_TELL: status is ResourceStatus.RUNNING
        and bool(evaluation.unanswered),
    }
    outcome = next((o for o, holds in candidates.items() if holds), AssessmentOutcome.FINE)
    return outcome, min(deadlines) if outcome is AssessmentOutcome.WARN else None


def is_unasked(evaluation: Evaluation) -> bool:
    """Tell whether the sweep would ask a notebook's Jupyter where nobody did here."""
    activity = evaluation.resource.activity
    return IDLE.id in evaluation.deferred and activity is not None and activity.unasked


def hourly(resource: Resource, prices: Prices) -> Decimal | None:
    """Return the price of one hour; None where it is not known."""
    return prices.hourly(resource)


def total_cost(rows: Iterable[AssessedResource]) -> CostTotal:
    """Sum up what resources cost an hour."""
    total = CostTotal()
    for row in rows:
        total.add(row)
    return total


def by_owner(rows: Iterable[AssessedResource]) -> dict[str, list[AssessedResource]]:
    """Group by the owner's name, empty where no owner is known; the most expensive comes first."""
    groups: dict[str, list[AssessedResource]] = {}
    for row in rows:
        groups.setdefault(row.owner.name or "", []).append(row)
    dearest = sorted(groups.items(), key=lambda g: (-total_cost(g[1]).usd_per_hour, g[0]))
    return dict(dearest)


def of_rule(
    rows: Iterable[AssessedResource], rule: str
) -> tuple[list[AssessedResource], list[AssessedResource]]:
    """Return the resources that violate a rule, and those that it cannot evaluate."""
    listed = list(rows)
    fails = [row for row in listed if rule in row.evaluation.violations]
    return fails, [row for row in listed if rule in row.evaluation.unanswered]


def _gravest(row: AssessedResource) -> tuple[int, Decimal, str]:
    return (row.outcome.rank, -(row.usd_per_hour or Decimal(0)), row.resource.name)
