"""The Price List API: one region's list prices, from the nearest endpoint."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import SourceUnavailableError
from costguard.common.observed import elements
from costguard.costs.price_list import parse_products
from costguard.costs.prices import Prices

if TYPE_CHECKING:
    from mypy_boto3_pricing import PricingClient

SERVICE = "AmazonSageMaker"
_NEAR = {"eu": "eu-central-1", "af": "eu-central-1", "ap": "ap-south-1"}


def endpoint_for(region: str) -> str:
    """Return the nearest endpoint; there are three, and each has every region."""
    return _NEAR.get(region.split("-", 1)[0], "us-east-1")


class PriceList(Struct, frozen=True):
    """Calls the Price List API; the client is made when first needed."""

    pricing: "Callable[[], PricingClient]"

    def fetch(self, region: str, now: datetime) -> Prices:
        """Read all pages.

        Raises SourceUnavailableError if AWS refuses, or lists no readable price.
        """
        try:
            prices = parse_products(self._products(region), region=region, now=now)
        except AWS_ERRORS as error:
            raise SourceUnavailableError(str(error)) from error
        if not prices.table:
            msg = f"the Price List API has no price of {SERVICE} in {region}"
            raise SourceUnavailableError(msg)
        return prices

    def _products(self, region: str) -> Iterator[str]:
        filters = {"regionCode": region, "locationType": "AWS Region"}
        pages = (
            self.pricing()
            .get_paginator("get_products")
            .paginate(
                ServiceCode=SERVICE,
                FormatVersion="aws_v1",
                Filters=[
                    {"Type": "TERM_MATCH", "Field": field, "Value": value}
                    for field, value in filters.items()
                ],
                PaginationConfig={"PageSize": 100},
            )
        )
        for page in pages:
            yield from elements(page.get("PriceList"))
