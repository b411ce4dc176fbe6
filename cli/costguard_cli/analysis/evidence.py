"""The facts that each rule rests on, in words, whatever it answers. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from costguard.common.datetimes import say_duration
from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext, budget_statuses
from costguard.idleness.assessment import signals_of
from costguard.ownership.directory import fold_name
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import NO_LIMIT, Resource
from costguard.resources.registry import KINDS, is_notebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What there is to know when a rule is asked."""

    resource: Resource
    policy: Policy
    now: datetime
    fleet: Fleet | None = None
    money: CostContext | None = None


def evidence_for(rule: str, known: Evidence) -> str:
    """Say what one rule looked at; nothing for a rule without words of its own."""
    return FACTS[rule](known) if rule in FACTS else ""


def tags(resource: Resource) -> str:
    """List its tags."""
    if resource.tags is None:
        return "its tags are not known"
    listed = ", ".join(
        f"{single_line(k)}={single_line(v)}" for k, v in sorted(resource.tags.items())
    )
    return listed or "it has no tags"


def age(resource: Resource, now: datetime) -> str:
    """Say how long it has run."""
    if resource.started is None:
        return "it has not started"
    return f"it has run for {say_duration(now - resource.started)}"


def machines(resource: Resource) -> str:
    """Say what it runs on."""
    types = ", ".join(single_line(t) for t in resource.instance_types)
    number = (
        "" if resource.instances is None else f"{pluralize(resource.instances, 'instance')} of "
    )
    return f"it runs on {number}{types}" if types else "AWS does not tell what it runs on"


def _name(known: Evidence) -> str:
    return f"its name is {single_line(known.resource.name)}"


def _too_many(known: Evidence) -> str:
    owner = known.policy.directory.owner(known.resource).name
    if owner is None or known.fleet is None:
        return machines(known.resource)
    directory = known.policy.directory
    whose = [
        r
        for r in known.fleet.resources
        if fold_name(directory.owner(r).name or "") == fold_name(owner)
    ]
    total = sum(r.instances or 0 for r in whose)
    runs = f"{single_line(owner)} runs {pluralize(total, 'instance')} in all"
    return f"{machines(known.resource)}; {runs}"


def _long_running(known: Evidence) -> str:
    said = age(known.resource, known.now)
    limit = known.resource.max_runtime
    if not KINDS[known.resource.kind].is_job:
        return said
    words = "is not told" if limit is None else "is not set"
    if limit is not None and limit != NO_LIMIT:
        words = say_duration(limit)
    return f"{said}; its MaxRuntimeInSeconds {words}" if limit != NO_LIMIT else f"{said}; no limit"


def _idle(known: Evidence) -> str:
    resource = known.resource
    if not is_notebook(resource):
        return "it is no notebook"
    options = known.policy.rules["idle"].options
    seen = signals_of(resource.activity, options.load, known.now) if resource.activity else ()
    says = "; ".join(fact.says for fact in seen)
    return f"{age(resource, known.now)}; {says or 'nobody looked inside'}"


def _burn_rate(known: Evidence) -> str:
    rate = known.money.prices.hourly(known.resource) if known.money else None
    price = "its price is not known" if rate is None else f"{usd(rate)} an hour by list price"
    return f"{machines(known.resource)}; {price}"


def _over_budget(known: Evidence) -> str:
    labels = known.policy.directory.labels(known.resource)
    project, owner = single_line(labels.project), single_line(labels.owner)
    whose = f"project {project or 'none'}, owner {owner or 'none'}"
    standing = getattr(known.money, "spend", None)  # nobody has summed up yet
    if standing is None:
        return f"{whose}; what was spent is not known here"
    budgets = budget_statuses(known.policy.budgets, standing, labels)
    said = [f"{single_line(u.name)}: {usd(u.spent)} of {usd(u.limit)} this month" for u in budgets]
    return "; ".join([whose, *said])


FACTS: Mapping[str, Callable[[Evidence], str]] = {
    "missing-tags": lambda known: tags(known.resource),
    "naming": _name,
    "instance-type": lambda known: machines(known.resource),
    "too-many": _too_many,
    "long-running": _long_running,
    "idle": _idle,
    "over-budget": _over_budget,
    "burn-rate": _burn_rate,
}
