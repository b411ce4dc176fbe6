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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from costguard.costs import budgets, prices
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices
from costguard.costs.spend import UsageSlice
from costguard.costs.usage import Usage, dump, load
from costguard.resources.model import ResourceRef

_STAYS_OPEN = timedelta(days=3)
_KEPT = timedelta(days=400)
_OPEN = "usage"
_FRESH = timedelta(hours=1)


@dataclass(slots=True)
class UsageRows:
    """Reads and writes the table with the client it is given."""

    dynamodb: Any
    table: str
    _prices: tuple[datetime, Prices] | None = None
    _standing: SpendToDate | None = None

    def known(self, ref: ResourceRef) -> Iterator[Usage]:
        """Read what is open of one resource, or was closed lately."""
        return self._rows(_OPEN, f"{ref.key}#")

    def open(self) -> Iterator[Usage]:
        """Read the same of everything; eventually consistent, at half the price.

        What was written a moment ago is not opened twice: the same start is the same key.
        """
        return self._rows(_OPEN)

    def save(self, new: Usage, old: Usage | None, now: datetime) -> None:
        """Write one interval; an open one never over one that is there already."""
        item = {"usage": {"S": dump(new)}}
        if new.end is None:
            self._put(_OPEN, new.key, item, only_new=old is None)
            return
        for month in {*_months(new, now), *(_months(old, now) if old and old.end else ())}:
            expires = {"expires": {"N": str(int((new.end + _KEPT).timestamp()))}}
            self._put(f"{_OPEN}#{month:%Y-%m}", new.key, item | expires)
        expires = {"expires": {"N": str(int((now + _STAYS_OPEN).timestamp()))}}
        self._put(_OPEN, new.key, item | expires)

    def slices(self, since: datetime, until: datetime) -> Iterator[UsageSlice]:
        """Read all usage in a period: closed by month, then what goes on."""
        month = _first(since)
        while month < until:
            following = _first(month + timedelta(days=32))
            low, high = max(since, month), min(until, following)
            for usage in self._rows(f"{_OPEN}#{month:%Y-%m}"):
                yield UsageSlice(usage, low, high)
            month = following
        for usage in self._rows(_OPEN):
            if usage.end is None:
                yield UsageSlice(usage, since, until)

    def prices(self, now: datetime) -> Prices:
        """Read the prices: those last fetched over those bundled; asked for once an hour."""
        if self._prices is None or not timedelta(0) <= now - self._prices[0] < _FRESH:
            text = self._text("prices")
            fetched = prices.load(text) if text else Prices()
            self._prices = (now, fetched.over(prices.bundled_prices()))
        return self._prices[1]

    def keep_prices(self, fetched: Prices) -> None:
        """Keep what the Price List API has answered."""
        self._put("money", "prices", {"text": {"S": prices.dump(fetched)}})
        self._prices = None

    def spend(self) -> SpendToDate | None:
        """Read what was spent, as last summed up."""
        if self._standing is None:
            text = self._text("standing")
            return budgets.load(text) if text else None
        return self._standing

    def keep_spend(self, standing: SpendToDate) -> None:
        """Keep what was spent."""
        self._put("money", "standing", {"text": {"S": budgets.dump(standing)}})
        self._standing = standing  # only the sweep sums up, so it knows the last one

    def _rows(self, pk: str, begins: str = "") -> Iterator[Usage]:
        asked: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": bool(begins),
        }
        if begins:
            asked["KeyConditionExpression"] += " AND begins_with(sk, :sk)"
            asked["ExpressionAttributeValues"][":sk"] = {"S": begins}
        while True:  # a paginator would be a fifth of the call's work
            page = self.dynamodb.query(**asked)
            for row in page["Items"]:
                yield load(row["usage"]["S"])
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _put(self, pk: str, sk: str, item: dict[str, Any], *, only_new: bool = False) -> None:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"} if only_new else {}
        try:
            self.dynamodb.put_item(
                TableName=self.table, Item={"pk": {"S": pk}, "sk": {"S": sk}} | item, **condition
            )
        except ClientError as error:  # another has written it, perhaps closed it since
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _text(self, word: str) -> str | None:
        key = {"pk": {"S": "money"}, "sk": {"S": word}}
        answer = self.dynamodb.get_item(TableName=self.table, Key=key)
        return answer["Item"]["text"]["S"] if "Item" in answer else None


def _first(moment: datetime) -> datetime:
    day = moment.astimezone(UTC)
    return datetime(day.year, day.month, 1, tzinfo=UTC)


def _months(usage: Usage, now: datetime) -> Iterator[datetime]:
    month = _first(usage.start)
    while month <= (usage.end or now):
        yield month
        month = _first(month + timedelta(days=32))
