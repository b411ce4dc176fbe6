"""What a rule about money answers of something whose price may not be known."""

from costguard.common.sanitize import single_line
from costguard.costs.prices import Prices
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.rules.base import PASS, Fail, Unknown, Verdict


def check_price(resource: Resource, prices: Prices, limit: str) -> Verdict:
    """Count a type that AWS itself lists no price for as over any limit of that name.

    Until AWS has been asked, a price missing from our own table is our gap, and stops nothing.
    """
    if not prices.knows(resource.region):
        return Unknown(f"any price in {resource.region}")
    if not prices.is_billed(resource):
        return Unknown(f"what a {KINDS[resource.kind].title} costs")
    types = ", ".join(map(single_line, prices.unpriced(resource)))
    if not types:
        return PASS
    if prices.fetched is None:
        return Unknown(f"the price of {types}, until AWS has been asked for it,", loud=False)
    return Fail(
        f"no price is known for {types} in {resource.region}, so it counts as over any {limit}",
        "Use an instance type with a known price, or ask the admins for an exemption.",
    )
