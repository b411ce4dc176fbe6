"""Is the budget of its project, or of its owner, used up?"""

from copy import replace
from datetime import timedelta

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.costs.budget_limits import Budgets
from costguard.costs.budgets import BudgetStatus, budget_statuses
from costguard.costs.course_budgets import seat_budgets
from costguard.resources.model import Resource
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Rule, Unknown, Verdict
from costguard.rules.pricing import check_price

_DAY = timedelta(days=1)


def check(resource: Resource, options: Budgets, ctx: EvaluationContext) -> Verdict:
    """Fail a resource whose budget is used up, if the spend is known."""
    if resource.waits or resource.billing.prepaid:
        return PASS  # it spends nothing yet, or nothing more
    if resource.tags is None:
        return Unknown("tags")
    labels = ctx.directory.labels(resource)
    if ctx.charged(resource) is None:
        labels = replace(labels, owner="")  # only the budget of a known person can lead to a stop
    seats = ctx.directory.seats
    seat = seats.of(labels.owner, labels.project, ctx.now) if labels.owner else None
    if not any(options.limits(labels)) and not (seat and seat.course.has_budget):
        return PASS
    if ctx.money is None or (spend := ctx.money.spend) is None:
        return NEEDS_FLEET
    used = [
        *budget_statuses(options, spend, labels),
        *seat_budgets(seat, labels.owner, spend, seats.zone, ctx.now),
    ]
    if over := [each for each in used if each.is_over]:
        return Fail("; ".join(map(_says, over)), _remedy(over))
    return check_price(resource, ctx.money.prices, "budget", ctx.now)


def _says(over: BudgetStatus) -> str:
    whose = f"the {over.dimension} {single_line(over.name)}"
    if over.period:
        where = " outside class" if over.dimension == "student" else ""
        of = f" in {single_line(over.course)}" if over.dimension == "student" else ""
        until = f"until the course ends on {over.period[1] - _DAY:%d %b %Y}"
        return f"{whose} has spent {usd(over.spent)}{where} of {usd(over.limit)}{of}, {until}"
    if over.spent >= over.limit:
        return f"{whose} has spent {usd(over.spent)} of its {usd(over.limit)} this month"
    return (
        f"{whose} has spent {usd(over.week)} in seven days; {usd(over.ceiling)} are allowed in any "
        f"seven days (list prices, estimated)"
    )


def _remedy(over: list[BudgetStatus]) -> str:
    ends = "the course ends" if any(u.period for u in over) else "the month ends"
    names = " and ".join(f"the {u.dimension} {single_line(u.name)}" for u in over)
    return (
        f"Save your work and stop it. To go on before {ends}, ask the admins for a higher "
        f"budget for {names} in the policy, or for an exemption."
    )


RULE = Rule(
    id="over-budget",
    title="The budget is used up",
    options=Budgets(),
    check=check,
    reads_tags=True,
    sums_people=lambda options: bool(options.per_owner),
)
