"""The facts that each rule evaluates, in words, whatever its result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from costguard.common.datetimes import say_duration
from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext, budget_statuses
from costguard.costs.course_budgets import seat_budgets
from costguard.costs.prices import Prices, bundled_prices
from costguard.idleness.signals import signals_of
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import NO_LIMIT, Resource
from costguard.resources.registry import KINDS, is_notebook
from costguard.rules.idle_words import say_after_by_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The facts that rules evaluate."""

    resource: Resource
    policy: Policy
    now: datetime
    fleet: Fleet | None = None
    money: CostContext | None = None
    prices: Prices = field(default_factory=bundled_prices)  # as those of `$/h`


def evidence_for(rule: str, evidence: Evidence) -> str:
    """Describe the facts of one rule; empty for a rule without a description."""
    return FACTS[rule](evidence) if rule in FACTS else ""


def tags(resource: Resource) -> str:
    """List the tags of a resource."""
    if resource.tags is None:
        return "its tags are not known"
    listed = ", ".join(
        f"{single_line(k)}={single_line(v)}" for k, v in sorted(resource.tags.items())
    )
    return listed or "it has no tags"


def age(resource: Resource, now: datetime) -> str:
    """Describe how long a resource has run."""
    if resource.started is None:
        return "it waits for instances" if resource.waits else "it has not started"
    return f"it has run for {say_duration(now - resource.started)}"


def machines(resource: Resource) -> str:
    """Describe the instances of a resource."""
    between = " or " if len(resource.choices) > 1 else ", "
    runs = "will run" if resource.waits else "runs"
    types = between.join(single_line(t) for t in resource.instance_types)
    number = (
        "" if resource.instances is None else f"{pluralize(resource.instances, 'instance')} of "
    )
    return f"it {runs} on {number}{types}" if types else "AWS does not report its instance type"


def _name(evidence: Evidence) -> str:
    return f"its name is {single_line(evidence.resource.name)}"


def _too_many(evidence: Evidence) -> str:
    person = evidence.policy.directory.owner(evidence.resource).charged
    if person is None:
        return f"{machines(evidence.resource)}; it counts for no person of the roster"
    if evidence.fleet is None:
        return machines(evidence.resource)
    total = sum(r.instances or 0 for r in evidence.fleet.charged_to(person))
    sum_text = f"{single_line(person.name)} runs {pluralize(total, 'instance')} in all"
    return f"{machines(evidence.resource)}; {sum_text}"


def _long_running(evidence: Evidence) -> str:
    age_text = age(evidence.resource, evidence.now)
    limit = evidence.resource.max_runtime
    if not KINDS[evidence.resource.kind].is_job:
        return age_text
    limit_text = "is not reported" if limit is None else "is not set"
    if limit is not None and limit != NO_LIMIT:
        limit_text = say_duration(limit)
    return (
        f"{age_text}; its MaxRuntimeInSeconds {limit_text}"
        if limit != NO_LIMIT
        else f"{age_text}; no limit"
    )


def _idle(evidence: Evidence) -> str:
    resource = evidence.resource
    if not is_notebook(resource):
        return "it is not a notebook"
    options = evidence.policy.rules["idle"].options
    known = resource.activity
    signals = signals_of(known, options.load, evidence.now) if known else ()
    texts = [f"{signal.says} ({signal.source}, {_at(signal.seen)})" for signal in signals]
    if options.by_price:
        rate = evidence.money.prices.hourly(resource) if evidence.money else None
        after, _ = options.at(evidence.now, evidence.policy.timezone.info, rate)
        texts.append(say_after_by_price(after, rate))
    if known is None or known.jupyter is None:
        texts.append("Jupyter and its kernels were not asked")
    if known and known.remembered.worked:
        says = single_line(known.remembered.says)
        texts.append(f"last seen working {_at(known.remembered.worked)} ({says}, the ledger)")
    return f"{age(resource, evidence.now)}; {'; '.join(texts)}"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%a %H:%M} UTC"


def _burn_rate(evidence: Evidence) -> str:
    rate = evidence.prices.hourly(evidence.resource)
    most = "at most " if len(evidence.resource.choices) > 1 else ""
    price = "its price is not known"
    if rate is not None:
        price = f"{most}{usd(rate)} an hour by list price"
    return f"{machines(evidence.resource)}; {price}"


def _over_budget(evidence: Evidence) -> str:
    labels = evidence.policy.directory.labels(evidence.resource)
    project, owner = single_line(labels.project), single_line(labels.owner)
    labels_text = f"project {project or 'none'}, owner {owner or 'none'}"
    spend = getattr(evidence.money, "spend", None)  # nobody has summed up yet
    if spend is None:
        return f"{labels_text}; what was spent is not known here"
    seats = evidence.policy.directory.seats
    seat = seats.of(labels.owner, labels.project, evidence.now)
    budgets = [
        *budget_statuses(evidence.policy.budgets, spend, labels),
        *seat_budgets(seat, labels.owner, spend, seats.zone, evidence.now),
    ]
    budget_texts = [
        f"{single_line(status.name)}: {usd(status.spent)} of {usd(status.limit)} "
        + (f"in {single_line(status.course)}" if status.course else "this month")
        for status in budgets
    ]
    return "; ".join([labels_text, *budget_texts])


FACTS: Mapping[str, Callable[[Evidence], str]] = {
    "missing-tags": lambda evidence: tags(evidence.resource),
    "naming": _name,
    "instance-type": lambda evidence: machines(evidence.resource),
    "too-many": _too_many,
    "long-running": _long_running,
    "idle": _idle,
    "over-budget": _over_budget,
    "burn-rate": _burn_rate,
}
