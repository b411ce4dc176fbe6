"""Does what one owner runs cost more an hour than allowed?"""

from decimal import Decimal

from msgspec import Struct

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.costs.prices import Prices
from costguard.resources.model import Resource
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Rule, Unknown, Verdict
from costguard.rules.pricing import check_price


class Options(Struct, frozen=True, kw_only=True):
    """The most USD an hour, by list price, of everything that one owner runs; None: no cap."""

    per_owner: Decimal | None = None


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail the newest of an owner's resources above the cap; what came before it may go on."""
    cap, theirs, person = options.per_owner, ctx.owners_up_to(resource), ctx.charged(resource)
    if cap is None:
        return PASS
    if theirs is None or ctx.money is None:
        return NEEDS_FLEET
    if not theirs or person is None:
        return PASS
    prices = ctx.money.prices
    total = sum(_hourly(r, prices) or 0 for r in theirs)  # at least
    if total > cap:
        return Fail(
            f"what {single_line(person.name)} runs, up to this one, costs "
            f"{usd(Decimal(total))} an hour; one person may run {usd(cap)} an hour (list prices)",
            "Stop what is not needed, or use smaller instances.",
        )
    answer = check_price(resource, prices, "cap")
    if answer is PASS and _hourly(resource, prices) is None:
        return Unknown("what it runs on", loud=False)
    return answer


def _hourly(resource: Resource, prices: Prices) -> Decimal | None:
    """Price an hour; the definitions of a tuning job share the instances that run at once."""
    whole = prices.hourly(resource)
    counted = sum(group.count or 0 for group in resource.groups or ())
    if whole is None or resource.instances is None or resource.instances >= counted:
        return whole
    return whole * resource.instances / counted


RULE = Rule(
    id="burn-rate",
    title="The owner spends too much an hour",
    options=Options(),
    check=check,
    ends_with_stop=True,
    reads_tags=True,
    sums_people=lambda options: options.per_owner is not None,
)
