"""The answer of a cost rule for a resource whose price may be unknown."""

from datetime import datetime

from costguard.common.sanitize import single_line
from costguard.costs.prices import Prices
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.rules.base import PASS, Fail, Unknown, Verdict


def check_price(resource: Resource, prices: Prices, limit: str, now: datetime) -> Verdict:
    """Count a type without a price on AWS's own list as over any limit of that name.

    Only a complete, recent list from AWS shows that, and only if it has lines for the component of
    the resource. Any other missing price stops nothing.
    """
    if not prices.knows(resource.region):
        return Unknown(f"any price in {resource.region}")
    if resource.billing.by_token or not prices.is_billed(resource):
        kind = KINDS[resource.kind]
        is_news = bool(kind.billing) and not resource.billing.by_token
        return Unknown(f"what {kind.a_title} costs", loud=is_news)
    types = ", ".join(map(single_line, prices.unpriced(resource)))
    if not types:
        return PASS
    if not prices.was_listed(resource.region, now):
        return Unknown(f"the price of {types}, until AWS has been asked for it,", loud=False)
    if not prices.has_lines(resource):
        return Unknown(f"any price of a {KINDS[resource.kind].title} in {resource.region}")
    return Fail(
        f"no price is known for {types} in {resource.region}, so it counts as over any {limit}",
        "Use an instance type with a known price, or ask the admins for an exemption.",
    )
