"""What the guard would say of everything it sees, without saying it. Pure.

Judged by the guard's own rules and planned by its own plan; a survey is what comes out of the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from costguard.costs.budgets import Money
from costguard.costs.prices import Prices
from costguard.costs.usage import COMPONENTS
from costguard.enforcement.case import Case, Stage
from costguard.enforcement.evaluation import Judgement, evaluate
from costguard.enforcement.plan import Step, plan_all
from costguard.ownership.directory import Owner
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import Resource, Status


class Outcome(Enum):
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
        return list(Outcome).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One resource, judged and planned."""

    judgement: Judgement
    step: Step
    outcome: Outcome
    when: datetime | None  # of the stop, where one is announced
    owner: Owner
    usd_per_hour: Decimal | None  # None: no price is known

    @property
    def resource(self) -> Resource:
        """The resource itself."""
        return self.judgement.resource


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be looked at, so that nothing is known of it."""

    what: str
    why: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One region at one moment."""

    region: str
    now: datetime
    policy: Policy
    rows: tuple[Row, ...]
    unseen: tuple[Unseen, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[Row, ...]:
        """Those that a rule has failed."""
        return tuple(row for row in self.rows if row.judgement.findings)


@dataclass(slots=True)
class Stake:
    """How many, and what they cost an hour; `unpriced` of them have no known price."""

    count: int = 0
    usd_per_hour: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, row: Row) -> None:
        """Count one."""
        self.count += 1
        if row.usd_per_hour is None:
            self.unpriced += 1
        else:
            self.usd_per_hour += row.usd_per_hour


def survey(
    fleet: Sequence[Resource],
    policy: Policy,
    prices: Prices,
    *,
    now: datetime,
    cases: Mapping[str, Case] | None = None,
    money: Money | None = None,
) -> tuple[Row, ...]:
    """Judge and plan everything that runs, as the sweep does; the gravest comes first."""
    known, whole = cases or {}, Fleet(tuple(fleet), policy.directory)
    judged = [(evaluate(r, policy, now=now, fleet=whole, money=money), r) for r in whole.resources]
    plan = plan_all([(j, known.get(r.ref.key)) for j, r in judged], policy, now=now)
    rows = (
        row_of(j, step, policy, prices) for (j, _), step in zip(judged, plan.steps, strict=True)
    )
    return tuple(sorted(rows, key=_gravest))


def row_of(judgement: Judgement, step: Step, policy: Policy, prices: Prices) -> Row:
    """Say what would become of one resource."""
    outcome, when = outcome_of(judgement, step)
    return Row(
        judgement=judgement,
        step=step,
        outcome=outcome,
        when=when,
        owner=policy.directory.owner(judgement.resource),
        usd_per_hour=hourly(judgement.resource, prices),
    )


def outcome_of(judgement: Judgement, step: Step) -> tuple[Outcome, datetime | None]:
    """Read from the plan's step what comes next, and when."""
    after, status = step.after, judgement.resource.status
    marks = after.marks.values()
    ends = [m.deadline for m in marks if m.stage is Stage.WARNED and m.deadline]
    reached = {mark.stage for mark in marks}
    answers = {
        Outcome.STOP: bool(step.due),
        Outcome.HELD_BACK: after.held,
        Outcome.STOPPING: bool(after.stopping) or status is Status.STOPPING,
        Outcome.WARN: bool(ends),
        Outcome.TELL: Stage.TOLD in reached,
        Outcome.OBSERVE: Stage.OBSERVED in reached,
        Outcome.CANNOT_TELL: status is Status.RUNNING and bool(judgement.open_questions),
    }
    outcome = next((o for o, holds in answers.items() if holds), Outcome.FINE)
    return outcome, min(ends) if outcome is Outcome.WARN else None


def hourly(resource: Resource, prices: Prices) -> Decimal | None:
    """Price one hour of it; None where that is not known."""
    return prices.hourly(resource) if resource.kind in COMPONENTS or resource.groups else None


def stake(rows: Iterable[Row]) -> Stake:
    """Count rows and add up what they cost an hour."""
    total = Stake()
    for row in rows:
        total.add(row)
    return total


def by_owner(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group by the owner's name; the empty one is nobody's. The dearest comes first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.owner.name or "", []).append(row)
    dearest = sorted(groups.items(), key=lambda g: (-stake(g[1]).usd_per_hour, g[0]))
    return dict(dearest)


def of_rule(rows: Iterable[Row], rule: str) -> tuple[list[Row], list[Row]]:
    """Answer which rows one rule fails, and which it cannot judge."""
    listed = list(rows)
    fails = [row for row in listed if rule in row.judgement.findings]
    return fails, [row for row in listed if rule in row.judgement.open_questions]


def _gravest(row: Row) -> tuple[int, Decimal, str]:
    return (row.outcome.rank, -(row.usd_per_hour or Decimal(0)), row.resource.name)
