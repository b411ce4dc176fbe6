"""The answer of the Price List API, and which of its lines is an hourly rate of ours.

Several lines name the same instance type: other components, free tiers, surcharges, one-off fees
(cheaper than the hour). So a line counts only with an allowed usage type, its unit and a price.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from costguard.costs.components import COMPONENTS, REGION, Components
from costguard.costs.prices import GB_MONTH, Key, Price, Prices
from costguard.resources.billing import Unit

SOURCE = "AWS Price List API"
_OF_NO_KIND = {
    "Host:": "hosting",
    "AsyncInf:": "async-inference",
    "Studio:JupyterLab-": "studio-jupyterlab",
    "Studio:CodeEditor-": "studio-codeeditor",
    "Studio:KernelGateway-": "studio-notebook",
}
"""Rates that are read although the guard judges none of what has them."""
_FORMS = {Unit.HOUR: re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+"), Unit.GB_MONTH: re.compile(r"\w+")}
"""What follows in a usage type: the instance type, or the form of the storage."""


def parse_products(
    products: Iterable[str], *, region: str, now: datetime, components: Components = COMPONENTS
) -> Prices:
    """Read products, each a JSON text; of two rates for one thing the higher one counts."""
    lines = _Lines(components)
    table: dict[Key, Price] = {}
    for text in products:
        product = json.loads(text)
        for key, price in _rates(product, region, lines):
            if key not in table or price.usd > table[key].usd:
                table[key] = price
    return Prices(table, now, components)


class _Lines:
    """The lines of the price list that are rates of ours, by what their usage type begins with."""

    def __init__(self, components: Components) -> None:
        of_kinds = {begin: (p.name, p.unit) for p in components for begin in p.price_list}
        self._of = {begin: (name, Unit.HOUR) for begin, name in _OF_NO_KIND.items()} | of_kinds
        longest = sorted(self._of, key=len, reverse=True)  # one may be the beginning of another
        self._usage_type = re.compile(rf"{REGION}({'|'.join(map(re.escape, longest))})(.+)")

    def read(self, usage_type: str) -> tuple[str, str, Unit] | None:
        """Answer component, what of it, and by what unit; None for a line that is none of ours."""
        found = self._usage_type.fullmatch(usage_type)
        component, unit = self._of[found[1]] if found else ("", Unit.HOUR)
        if found is None or not _FORMS[unit].fullmatch(found[2]):
            return None
        return component, GB_MONTH if unit is Unit.GB_MONTH else found[2], unit


def _rates(product: Mapping[str, Any], region: str, lines: _Lines) -> Iterator[tuple[Key, Price]]:
    attributes = product["product"].get("attributes", {})
    usage_type = str(attributes.get("usagetype", ""))
    if attributes.get("regionCode") != region or attributes.get("locationType") != "AWS Region":
        return
    if (line := lines.read(usage_type)) is None:
        return
    component, what, unit = line
    as_of = str(product.get("publicationDate", ""))[:10]
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = _usd(dimension)
            if dimension.get("unit") == unit.value and usd > 0:
                yield (region, component, what), Price(usd, SOURCE, as_of)


def _usd(dimension: Mapping[str, Any]) -> Decimal:
    """Read a price; a free line, or one in another currency, is none."""
    try:
        usd = Decimal(dimension["pricePerUnit"]["USD"])
    except (KeyError, InvalidOperation):
        return Decimal(0)
    return usd if usd.is_finite() else Decimal(0)
