"""The answer of the Price List API, and which of its lines is an hourly rate of ours. Pure.

Several lines name the same instance type: other components, free tiers, surcharges, one-off fees
(cheaper than the hour). So a line counts only with an allowed usage type, its unit and a price.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from costguard.costs.prices import GB_MONTH, Key, Price, Prices
from costguard.costs.usage import VOLUME

SOURCE = "AWS Price List API"
_COMPUTE = {
    "Notebk:": "notebook",
    "Train:": "training",
    "Processing:": "processing",
    "Tsform:": "transform",
    "Host:": "hosting",
    "AsyncInf:": "async-inference",
    "Studio:JupyterLab-": "studio-jupyterlab",
    "Studio:CodeEditor-": "studio-codeeditor",
    "Studio:KernelGateway-": "studio-notebook",
}
_USAGE_TYPE = re.compile(
    r"(?:[A-Z]{2,4}\d?-)?(?P<prefix>"
    + "|".join(map(re.escape, _COMPUTE))
    + r")(?P<type>ml\.[a-z0-9-]+\.[a-z0-9]+)"
)
_VOLUME = re.compile(r"(?:[A-Z]{2,4}\d?-)?Notebk:VolumeUsage\.\w+")


def parse_products(products: Iterable[str], *, region: str, now: datetime) -> Prices:
    """Read products, each a JSON text; of two rates for one thing the higher one counts."""
    table: dict[Key, Price] = {}
    for text in products:
        product = json.loads(text)
        for key, price in _rates(product, region):
            if key not in table or price.usd > table[key].usd:
                table[key] = price
    return Prices(table, now)


def _rates(product: Mapping[str, Any], region: str) -> Iterator[tuple[Key, Price]]:
    attributes = product["product"].get("attributes", {})
    usage_type = str(attributes.get("usagetype", ""))
    if attributes.get("regionCode") != region or attributes.get("locationType") != "AWS Region":
        return
    if found := _USAGE_TYPE.fullmatch(usage_type):
        key, unit = (region, _COMPUTE[found["prefix"]], found["type"]), "Hrs"
    elif _VOLUME.fullmatch(usage_type):
        key, unit = (region, VOLUME, GB_MONTH), "GB-Mo"
    else:
        return
    as_of = str(product.get("publicationDate", ""))[:10]
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = _usd(dimension)
            if dimension.get("unit") == unit and usd > 0:
                yield key, Price(usd, SOURCE, as_of)


def _usd(dimension: Mapping[str, Any]) -> Decimal:
    """Read a price; a free line, or one in another currency, is none."""
    try:
        usd = Decimal(dimension["pricePerUnit"]["USD"])
    except (KeyError, InvalidOperation):
        return Decimal(0)
    return usd if usd.is_finite() else Decimal(0)
