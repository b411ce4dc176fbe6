"""The answer of the Price List API, and which of its lines are rates that Costguard uses.

Several lines name the same instance type: other components, free tiers, surcharges, one-off fees
(cheaper than the hour). So a line counts only with an allowed usage type, its unit and a price.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from costguard.common.observed import dollars, mapping, printable
from costguard.costs.components import COMPONENTS, REGION, Components
from costguard.costs.prices import GB_MONTH, Key, Price, Prices
from costguard.resources.billing import Unit
from costguard.resources.price_lines import CANVAS_SESSION, PRICE_LINES

SOURCE = "AWS Price List API"
_MOST = 10_000  # USD an hour: many times what the dearest machine costs
_FORMS = {
    Unit.HOUR: re.compile(rf"ml\.[a-z0-9-]+\.[a-z0-9]+|{CANVAS_SESSION}"),
    Unit.GB_MONTH: re.compile(r"\w+"),
}
"""What follows in a usage type: the instance type, or the form of the storage."""


def parse_products(
    products: Iterable[str], *, region: str, now: datetime, components: Components = COMPONENTS
) -> Prices:
    """Read products, each a JSON text; of two rates for one thing the higher one counts.

    A product of another form than AWS's has no rate of ours, and spoils no other.
    """
    lines = _Lines(components)
    table: dict[Key, Price] = {}
    for text in products:
        for key, price in _rates(_product(text), region, lines):
            if key not in table or price.usd > table[key].usd:
                table[key] = price
    return Prices(table, now, components)


class _Lines:
    """The lines of the price list that Costguard uses, by the prefix of their usage type."""

    def __init__(self, components: Components) -> None:
        every = (*PRICE_LINES, *components)  # a kind may spell its own otherwise
        self._of = {begin: (p.name, p.unit) for p in every for begin in p.price_list}
        longest = sorted(self._of, key=len, reverse=True)  # one may be the beginning of another
        self._usage_type = re.compile(rf"{REGION}({'|'.join(map(re.escape, longest))})(.+)")

    def read(self, usage_type: str) -> tuple[str, str, Unit] | None:
        """Return component, item and unit; None for a line that Costguard does not use."""
        found = self._usage_type.fullmatch(usage_type)
        component, unit = self._of[found[1]] if found else ("", Unit.HOUR)
        if found is None or not _FORMS[unit].fullmatch(found[2]):
            return None
        return component, GB_MONTH if unit is Unit.GB_MONTH else found[2], unit


def _product(text: object) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(text) if isinstance(text, str) else None)
    except (ValueError, RecursionError):
        return {}


def _rates(product: Mapping[str, Any], region: str, lines: _Lines) -> Iterator[tuple[Key, Price]]:
    attributes = mapping(mapping(product.get("product")).get("attributes"))
    usage_type = printable(attributes.get("usagetype")) or ""
    if attributes.get("regionCode") != region or attributes.get("locationType") != "AWS Region":
        return
    if (line := lines.read(usage_type)) is None:
        return
    component, what, unit = line
    as_of = (printable(product.get("publicationDate")) or "")[:10]
    for term in mapping(mapping(product.get("terms")).get("OnDemand")).values():
        for dimension in mapping(mapping(term).get("priceDimensions")).values():
            usd = _usd(mapping(dimension))
            if mapping(dimension).get("unit") == unit.value and usd > 0:
                yield (region, component, what), Price(usd, SOURCE, as_of)


def _usd(dimension: Mapping[str, Any]) -> Decimal:
    """Read a price; a free line, or one in another currency, is not a price.

    AWS writes ten digits: "1.4080000000" is 1.408 wherever it is shown.
    """
    found = dollars(mapping(dimension.get("pricePerUnit")).get("USD"), _MOST) or Decimal(0)
    return found.normalize() + 0  # and 1E+2 is 100
