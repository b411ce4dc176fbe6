"""What the guard would say of everything it sees, without saying it. Pure.

Judged by the guard's own rules and planned by its own plan; a survey is what comes out of the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from costguard.costs.budgets import CostContext
from costguard.costs.prices import Prices
from costguard.enforcement.case import Case, FindingState
from costguard.enforcement.evaluation import Evaluation, evaluate
from costguard.enforcement.plan import ResourcePlan, plan_fleet
from costguard.ownership.directory import Owner
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus


class AssessmentOutcome(Enum):
    """What would become of one resource now, the gravest first."""

    STOP = "stop"  # its time is up, or there is no grace
    HELD_BACK = "held-back"  # due, but more than max_stops are
    STOPPING = "stopping"  # the guard has asked for the stop, or somebody else has
    WARN = "warn"  # the owner is warned; the stop comes at the deadline
    TELL = "tell"  # the owner hears; nothing is stopped
    OBSERVE = "observe"  # only the admins read of it
    CANNOT_TELL = "cannot-tell"
    FINE = "fine"

    @property
    def rank(self) -> int:
        """Order them by how grave they are."""
        return list(AssessmentOutcome).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedResource:
    """One resource, judged and planned."""

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
    """Something that could not be looked at, so that nothing is known of it."""

    what: str
    why: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One region at one moment."""

    region: str
    now: datetime
    policy: Policy
    rows: tuple[AssessedResource, ...]
    unseen: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[AssessedResource, ...]:
        """Those that a rule has failed."""
        return tuple(row for row in self.rows if row.evaluation.violations)


@dataclass(slots=True)
class CostTotal:
    """How many, and what they cost an hour; `unpriced` of them have no known price."""

    count: int = 0
    usd_per_hour: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, row: AssessedResource) -> None:
        """Count one."""
        self.count += 1
        if row.usd_per_hour is None:
            self.unpriced += 1
        else:
            self.usd_per_hour += row.usd_per_hour


def assess_fleet(
    fleet: Sequence[Resource],
    policy: Policy,
    prices: Prices,
    *,
    now: datetime,
    cases: Mapping[str, Case] | None = None,
    money: CostContext | None = None,
) -> tuple[AssessedResource, ...]:
    """Judge and plan everything that runs, as the sweep does; the gravest comes first."""
    known, whole = cases or {}, Fleet(tuple(fleet), policy.directory)
    judged = [(evaluate(r, policy, now=now, fleet=whole, money=money), r) for r in whole.resources]
    plan = plan_fleet([(j, known.get(r.ref.key)) for j, r in judged], policy, now=now)
    rows = (
        assess_resource(j, step, policy, prices)
        for (j, _), step in zip(judged, plan.steps, strict=True)
    )
    return tuple(sorted(rows, key=_gravest))


def assess_resource(
    judgement: Evaluation, step: ResourcePlan, policy: Policy, prices: Prices
) -> AssessedResource:
    """Say what would become of one resource."""
    outcome, when = outcome_of(judgement, step)
    return AssessedResource(
        evaluation=judgement,
        plan=step,
        outcome=outcome,
        when=when,
        owner=policy.directory.owner(judgement.resource),
        usd_per_hour=hourly(judgement.resource, prices),
    )


def outcome_of(
    judgement: Evaluation, step: ResourcePlan
) -> tuple[AssessmentOutcome, datetime | None]:
    """Read from the plan's step what comes next, and when."""
    after, status = step.after, judgement.resource.status
    findings = after.findings.values()
    ends = [m.deadline for m in findings if m.state is FindingState.WARNED and m.deadline]
    reached = {finding.state for finding in findings}
    answers = {
        AssessmentOutcome.STOP: bool(step.due),
        AssessmentOutcome.HELD_BACK: after.held,
        AssessmentOutcome.STOPPING: bool(after.stopping) or status is ResourceStatus.STOPPING,
        AssessmentOutcome.WARN: bool(ends),
        AssessmentOutcome.TELL: FindingState.TOLD in reached,
        AssessmentOutcome.OBSERVE: FindingState.OBSERVED in reached,
        AssessmentOutcome.CANNOT_TELL: status is ResourceStatus.RUNNING
        and bool(judgement.unanswered),
    }
    outcome = next((o for o, holds in answers.items() if holds), AssessmentOutcome.FINE)
    return outcome, min(ends) if outcome is AssessmentOutcome.WARN else None


def hourly(resource: Resource, prices: Prices) -> Decimal | None:
    """Price one hour of it; None where that is not known."""
    return prices.hourly(resource)


def total_cost(rows: Iterable[AssessedResource]) -> CostTotal:
    """Count rows and add up what they cost an hour."""
    total = CostTotal()
    for row in rows:
        total.add(row)
    return total


def by_owner(rows: Iterable[AssessedResource]) -> dict[str, list[AssessedResource]]:
    """Group by the owner's name; the empty one is nobody's. The dearest comes first."""
    groups: dict[str, list[AssessedResource]] = {}
    for row in rows:
        groups.setdefault(row.owner.name or "", []).append(row)
    dearest = sorted(groups.items(), key=lambda g: (-total_cost(g[1]).usd_per_hour, g[0]))
    return dict(dearest)


def of_rule(
    rows: Iterable[AssessedResource], rule: str
) -> tuple[list[AssessedResource], list[AssessedResource]]:
    """Answer which rows one rule fails, and which it cannot judge."""
    listed = list(rows)
    fails = [row for row in listed if rule in row.evaluation.violations]
    return fails, [row for row in listed if rule in row.evaluation.unanswered]


def _gravest(row: AssessedResource) -> tuple[int, Decimal, str]:
    return (row.outcome.rank, -(row.usd_per_hour or Decimal(0)), row.resource.name)
