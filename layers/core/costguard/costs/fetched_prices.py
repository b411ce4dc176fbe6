"""The answer of the Price List API, as the ledger keeps it."""

from decimal import Decimal

from msgspec import Struct

from costguard.common.observed import AwareTime
from costguard.costs.prices import PRICE_LIST, Price, Prices


class FetchedPrice(Struct, frozen=True, array_like=True):
    """One fetched rate, as the ledger keeps it: a row without the names of its fields."""

    region: str
    component: str
    what: str
    usd: Decimal
    as_of: str


class FetchedPrices(Struct, frozen=True, kw_only=True):
    """The answer of the Price List API, as the ledger stores it."""

    fetched: AwareTime | None
    rows: tuple[FetchedPrice, ...]

    @classmethod
    def of(cls, prices: Prices) -> "FetchedPrices":
        """Take the rates; that they are fetched ones is known."""
        rows = (FetchedPrice(*key, price.usd, price.as_of) for key, price in prices.table.items())
        return cls(fetched=prices.fetched, rows=tuple(rows))

    def prices(self) -> Prices:
        """Make a table of them again."""
        table = {
            (row.region, row.component, row.what): Price(row.usd, PRICE_LIST, row.as_of)
            for row in self.rows
        }
        return Prices(table, self.fetched)
