"""Usage, prices and budgets in the ledger table, read by key and by query.

| pk            | sk                        | what                                  | expires      |
|---------------|---------------------------|---------------------------------------|--------------|
| usage         | kind/name#component#start | open intervals, and lately closed     | 3 d after it |
| usage#YYYY-MM | kind/name#component#start | closed, in each UTC month it touches  | 400 d after  |
| money         | prices, standing          | as last fetched, as last summed up    | never        |

An interval stands whole in every month it touches, and each month counts its own part of it: so a
period is read in one query a month, and nothing twice.
"""

from collections.abc import Iterator
from copy import replace
from datetime import datetime
from functools import partial

from msgspec import UNSET, Struct

from costguard.adapters.dynamodb.table import ALL, Table, TableRow, beginning, expiry, read_json
from costguard.adapters.dynamodb.unreadable import read_or, readable
from costguard.common.codec import decode, encode
from costguard.common.errors import StoredDataInvalid
from costguard.common.observed import is_weighable
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import FetchedPrices, Prices, bundled_prices, is_current
from costguard.costs.retention import month_parts, open_slices, usage_rows
from costguard.costs.spend import UsageSlice
from costguard.costs.usage import Usage
from costguard.resources.model import ResourceRef

_OPEN = "usage"
_MONEY = "money"
_COLUMNS = ("sk", "usage", "unlabelled")


class DynamoDbUsage(Struct):
    """Usage, prices and what was spent; the last two are remembered while the container lives."""

    table: Table
    _prices: tuple[datetime, Prices] | None = None
    _spend: SpendToDate | None = None

    def known(self, ref: ResourceRef) -> Iterator[Usage]:
        """Read what is open of one resource, or was closed lately."""
        return self._rows(_OPEN, f"{ref.key}#")

    def open(self) -> Iterator[Usage]:
        """Read the same of everything; eventually consistent, at half the price.

        What was written a moment ago is not opened twice: the same start is the same key.
        """
        return self._rows(_OPEN)

    def save(self, new: Usage, old: Usage | None, now: datetime) -> None:
        """Write one interval; an open one never over one that is there already.

        That another has written it, and perhaps closed it since, is no fault. Which rows an
        interval has is `usage_rows`' answer.
        """
        for each in usage_rows(new, old, now):
            row: dict[str, str | int] = {"pk": _partition(each.month), "sk": new.key}
            row |= {"usage": encode(replace(new, unlabelled=UNSET)), **expiry(each.keep_until)}
            row |= {"unlabelled": 1} if new.unlabelled else {}  # an earlier version reads no field
            if each.is_first:
                self.table.put_if("attribute_not_exists(pk)", row)
            else:
                self.table.put(row)

    def slices(self, since: datetime, until: datetime) -> Iterator[UsageSlice]:
        """Read all usage in a period: closed by month, then what goes on."""
        for month, low, high in month_parts(since, until):
            for usage in self._rows(_partition(month)):
                yield UsageSlice(usage, low, high)
        yield from open_slices(self._rows(_OPEN), since, until)

    def prices(self, now: datetime) -> Prices:
        """Read the prices: those last fetched over those bundled."""
        if self._prices is None or not is_current(self._prices[0], now):
            self._prices = (now, self.fetched_prices().over(bundled_prices()))
        return self._prices[1]

    def fetched_prices(self) -> Prices:
        """Read the prices that the Price List API has answered; none before it has."""
        row = self._kept("prices")
        return read_or(row, _fetched_prices, Prices())

    def keep_prices(self, fetched: Prices) -> None:
        """Keep what the Price List API has answered; what it lacks now stays as it was."""
        known = fetched.over(self.fetched_prices())
        self._keep("prices", encode(FetchedPrices.of(known)))
        self._prices = None

    def spend(self) -> SpendToDate | None:
        """Read what was spent, as last summed up."""
        if self._spend is None:
            return read_or(self._kept("standing"), _spend_to_date, None)
        return self._spend

    def keep_spend(self, spend: SpendToDate) -> None:
        """Keep what was spent."""
        self._keep("standing", encode(spend))
        self._spend = spend  # only the sweep sums up, so it knows the last one

    def _rows(self, pk: str, begins: str = "") -> Iterator[Usage]:
        keys = beginning(begins) if begins else ALL
        every = self.table.query(pk, keys, consistent=bool(begins), columns=_COLUMNS)
        return readable(every, partial(_usage, pk))

    def _keep(self, word: str, text: str) -> None:
        self.table.put({"pk": _MONEY, "sk": word, "text": text})

    def _kept(self, word: str) -> TableRow | None:
        return self.table.get(_MONEY, word, consistent=False)


def _usage(pk: str, row: TableRow) -> Usage:
    """Read an interval, which is the one that its key names."""
    key = str(row.get("sk"))
    found = decode(str(row.get("usage", "")), Usage, pk, key)
    if found.key != row.get("sk", found.key) or not is_weighable(found):
        raise StoredDataInvalid(f"{pk}/{key} cannot be read: no such interval")
    return replace(found, unlabelled=True if row.get("unlabelled") else UNSET)


def _fetched_prices(row: TableRow) -> Prices:
    """Read them all or none: one that is lost would count as a type that AWS has no price for."""
    found = read_json(row, "text", FetchedPrices)
    if not all(is_weighable(each.usd) and each.usd >= 0 for each in found.rows):
        raise ValueError("no such price")
    return found.prices()


def _spend_to_date(row: TableRow) -> SpendToDate | None:
    found = read_json(row, "text", SpendToDate)
    if not is_weighable(found):
        raise ValueError("no such sum")
    return found


def _partition(month: datetime | None) -> str:
    return f"{_OPEN}#{month:%Y-%m}" if month else _OPEN
