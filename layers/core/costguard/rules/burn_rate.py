"""Do the running resources of one owner cost more an hour than allowed?"""

from decimal import Decimal

from msgspec import Struct

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.resources.model import Resource
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Rule, Unknown, Verdict
from costguard.rules.pricing import check_price

_UNPRICED = Decimal(0)  # so the sum is at least what it costs


class Options(Struct, frozen=True, kw_only=True):
    """The most USD an hour, by list price, for all resources of one owner; None: no cap."""

    per_owner: Decimal | None = None


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail the newest resources of an owner above the cap; older ones may go on."""
    if (cap := options.per_owner) is None:
        return PASS
    theirs, person = ctx.owners_up_to(resource), ctx.charged(resource)
    if theirs is None or ctx.money is None:
        return NEEDS_FLEET
    if not theirs or person is None:
        return PASS
    prices = ctx.money.prices
    total = theirs.sum("hourly", lambda each: prices.hourly(each) or _UNPRICED)
    if total > cap:
        chosen_by_aws = theirs.sum("choices", lambda each: len(each.choices) > 1)
        costs = "may cost up to" if chosen_by_aws else "costs"
        return Fail(
            f"what {single_line(person.name)} runs, up to this one, {costs} {usd(Decimal(total))} "
            f"an hour; one person may run {usd(cap)} an hour (list prices)",
            "Stop what is not needed, or use smaller instances.",
        )
    answer = check_price(resource, prices, "cap", ctx.now)
    if answer is PASS and prices.hourly(resource) is None:
        return Unknown("what it runs on", loud=False)
    return answer


RULE = Rule(
    id="burn-rate",
    title="The owner spends too much an hour",
    options=Options(),
    check=check,
    ends_with_stop=True,
    reads_tags=True,
    sums_people=lambda options: options.per_owner is not None,
)
