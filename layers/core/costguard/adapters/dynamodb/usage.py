"""Usage, prices and budgets in the ledger table, read by key and by query.

| pk            | sk                        | what                                  | expires      |
|---------------|---------------------------|---------------------------------------|--------------|
| usage         | kind/name#component#start | open intervals, and lately closed     | 3 d after it |
| usage#YYYY-MM | kind/name#component#start | closed, in each UTC month it touches  | 400 d after  |
| money         | prices, standing          | as last fetched, as last summed up    | never        |
| money         | prices/a Region           | as last fetched, of a spoke's Region  | never        |

An interval is stored whole in every month that it touches, and each month counts only its own part:
so a period needs one query for each month, and nothing counts twice.
"""

from collections.abc import Iterable, Iterator
from copy import replace
from datetime import datetime
from functools import partial

from msgspec import UNSET, Struct, UnsetType

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.sort_keys import ALL, beginning
from costguard.adapters.dynamodb.table import Table, expiry, read_json
from costguard.adapters.dynamodb.together import put_new
from costguard.adapters.dynamodb.unreadable import read_or, readable
from costguard.common.codec import decode, encode
from costguard.common.errors import StoredDataInvalid
from costguard.common.observed import TokenCount, is_weighable
from costguard.costs.budgets import SpendToDate
from costguard.costs.course_spend import CourseSpend
from costguard.costs.fetched_prices import FetchedPrices
from costguard.costs.prices import Prices, bundled_prices, is_current
from costguard.costs.pricing import UsageSlice
from costguard.costs.retention import month_parts, open_slices, usage_rows
from costguard.costs.usage import Usage, UsageChange
from costguard.resources.model import ResourceRef

_OPEN = "usage"
_MONEY = "money"
_PRICES = "prices"
_COLUMNS = ("sk", "usage", "unlabelled", "besides")


class _Besides(Struct, frozen=True, omit_defaults=True):
    """What stands beside an interval, because 8c92c59 refuses fields that it does not know."""

    by_token: bool | UnsetType = UNSET
    tokens: TokenCount | UnsetType = UNSET


class DynamoDbUsage(Struct):
    """Usage, prices and spend; the last two are cached while the container lives."""

    table: Table
    _prices: tuple[datetime, Prices] | None = None
    _spend: SpendToDate | None = None

    def known(self, ref: ResourceRef) -> Iterator[Usage]:
        """Read the open and the recently closed intervals of one resource."""
        return self._rows(_OPEN, f"{ref.key}#")

    def open(self) -> Iterator[Usage]:
        """Read the same for all resources; eventually consistent, at half the price.

        A new interval is not opened twice: the same start gives the same key.
        """
        return self._rows(_OPEN)

    def save(self, changes: Iterable[UsageChange], now: datetime) -> None:
        """Write intervals, each with what it was; an open one never overwrites an existing one.

        It is not an error if another function has written, and perhaps closed, it since.
        `usage_rows` defines the rows of an interval.
        """
        first = list[TableRow]()
        for new, old in changes:
            for each in usage_rows(new, old, now):
                row: dict[str, str | int] = {"pk": _partition(each.month), "sk": new.key}
                plain = replace(new, unlabelled=UNSET, by_token=UNSET, tokens=UNSET)
                row |= {"usage": encode(plain), **expiry(each.keep_until)}
                row |= {"unlabelled": 1} if new.unlabelled else {}  # earlier versions lack it
                besides = _Besides(new.by_token, new.tokens)
                row |= {"besides": encode(besides)} if besides != _Besides() else {}
                if each.is_first:
                    first.append(row)
                else:
                    self.table.put(row)
        put_new(self.table, first)

    def slices(self, since: datetime, until: datetime) -> Iterator[UsageSlice]:
        """Read all usage in a period: closed intervals by month, then the open ones."""
        for month, low, high in month_parts(since, until):
            for usage in self._rows(_partition(month)):
                yield UsageSlice(usage, low, high)
        yield from open_slices(self._rows(_OPEN), since, until)

    def prices(self, now: datetime) -> Prices:
        """Read the prices: fetched ones replace bundled ones."""
        if self._prices is None or not is_current(self._prices[0], now):
            self._prices = (now, self.fetched_prices().over(bundled_prices()))
        return self._prices[1]

    def fetched_prices(self) -> Prices:
        """Read the fetched prices of every Region; none before the first fetch.

        One query, since only the report knows which Regions there are.
        """
        rows = self.table.query(_MONEY, beginning(_PRICES), consistent=False)
        of = {str(row["sk"]): read_or(row, _fetched_prices, Prices()) for row in rows}
        found = of.pop(_PRICES, Prices())
        for sk, prices in of.items():
            found = found.with_region(sk.removeprefix(f"{_PRICES}/"), prices)
        return found

    def keep_prices(self, fetched: Prices, region: str = "") -> None:
        """Store fetched prices; those that they lack now stay as they were.

        A Region other than the stack's has a row of its own.
        """
        word = f"{_PRICES}/{region}" if region else _PRICES
        known = fetched.over(read_or(self._kept(word), _fetched_prices, Prices()))
        self._keep(word, encode(FetchedPrices.of(known)))
        self._prices = None

    def spend(self) -> SpendToDate | None:
        """Read the last sum of the spend."""
        if self._spend is None:
            return read_or(self._kept("standing"), _spend_to_date, None)
        return self._spend

    def keep_spend(self, spend: SpendToDate) -> None:
        """Store the sum of the spend; that of courses apart, as 8c92c59 refuses it."""
        apart = {"courses": encode(spend.courses)} if spend.courses else {}
        self._keep("standing", encode(replace(spend, courses={})), **apart)
        self._spend = spend  # only the sweep sums up, so it has the last sum

    def _rows(self, pk: str, begins: str = "") -> Iterator[Usage]:
        keys = beginning(begins) if begins else ALL
        every = self.table.query(pk, keys, consistent=bool(begins), columns=_COLUMNS)
        return readable(every, partial(_usage, pk))

    def _keep(self, word: str, text: str, **more: str) -> None:
        self.table.put({"pk": _MONEY, "sk": word, "text": text, **more})

    def _kept(self, word: str) -> TableRow | None:
        return self.table.get(_MONEY, word, consistent=False)


def _usage(pk: str, row: TableRow) -> Usage:
    """Read an interval; its key must match."""
    key = str(row.get("sk"))
    found = decode(str(row.get("usage", "")), Usage, pk, key)
    if ("sk" in row and found.key != key) or not is_weighable(found):
        raise StoredDataInvalid(f"{pk}/{key} cannot be read: no such interval")
    if "besides" in row:
        besides = decode(str(row["besides"]), _Besides, pk, key)
        found = replace(found, by_token=besides.by_token, tokens=besides.tokens)
    unlabelled = True if row.get("unlabelled") else UNSET
    return found if found.unlabelled is unlabelled else replace(found, unlabelled=unlabelled)


def _fetched_prices(row: TableRow) -> Prices:
    """Read all or none: a lost price would count as a type without a price on AWS's list."""
    found = read_json(row, "text", FetchedPrices)
    if not all(is_weighable(each.usd) and each.usd >= 0 for each in found.rows):
        raise ValueError("no such price")
    return found.prices()


def _spend_to_date(row: TableRow) -> SpendToDate | None:
    found = read_json(row, "text", SpendToDate)
    if "courses" in row:
        found = replace(found, courses=read_json(row, "courses", dict[str, CourseSpend]))
    if not is_weighable(found):
        raise ValueError("no such sum")
    return found


def _partition(month: datetime | None) -> str:
    return f"{_OPEN}#{month:%Y-%m}" if month else _OPEN
