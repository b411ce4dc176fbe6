"""Cost Explorer of the local AWS: GetCostAndUsage by tag or by usage type, a day late.

It bills what really ran (local.truth) at the local price list; days of the last 24 hours are
still empty, the day before them is marked as estimated.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from local import truth
from local.pricing import PREFIX, billed
from local.sagemaker import Account

TARGET = "AWSInsightsIndexService."
LATE = timedelta(hours=24)
_A_PAGE = 5  # days; AWS cuts by groups, a client sees only that there is a next page
_DAY = timedelta(days=1)


class CostExplorer:
    """Answers GetCostAndUsage. A tag is in the bill only when it was activated."""

    name = "ce"
    target = TARGET

    def __init__(self, account: Account) -> None:
        self._account = account
        self.active_tags = {"Project"}

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer; raises ValueError as AWS refuses."""
        if operation != "GetCostAndUsage" or asked["Granularity"] != "DAILY":
            msg = f"the local Cost Explorer has only daily GetCostAndUsage, not {operation}"
            raise ValueError(msg)
        first, last = (date.fromisoformat(asked["TimePeriod"][end]) for end in ("Start", "End"))
        if first >= last:
            raise ValueError("Start date (and hour) should be before end date (and hour)")
        (group,) = asked["GroupBy"]
        skip = int(asked.get("NextPageToken") or 0)
        days = [first + n * _DAY for n in range((last - first).days)]
        page = {
            "GroupDefinitions": [group],
            "ResultsByTime": [self._day(day, group) for day in days[skip : skip + _A_PAGE]],
            "DimensionValueAttributes": [],
        }
        more = skip + _A_PAGE < len(days)
        return page | ({"NextPageToken": str(skip + _A_PAGE)} if more else {})

    def _day(self, day: date, group: dict[str, str]) -> dict[str, Any]:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        known = start + _DAY <= self._account.clock.now() - LATE
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for key, usd in self._billed(start, group) if known else ():
            sums[key] += usd
        return {
            "TimePeriod": {"Start": str(day), "End": str(day + _DAY)},
            "Total": {},
            "Groups": [
                {
                    "Keys": [key],
                    "Metrics": {"UnblendedCost": {"Amount": f"{usd:.10f}", "Unit": "USD"}},
                }
                for key, usd in sums.items()
            ],
            "Estimated": self._account.clock.now() - start < 3 * _DAY,
        }

    def _billed(self, start: datetime, group: dict[str, str]) -> Iterator[tuple[str, Decimal]]:
        table, region = billed(), self._account.place.region
        for run in truth.runs(self._account):
            rate = table.get((run.billed_as, run.instance_type))
            hours = run.hours(start, start + _DAY)
            if rate is None or not hours:
                continue
            if group["Type"] == "TAG":
                tag = group["Key"]
                value = run.tags.get(tag, "") if tag in self.active_tags else ""
                key = f"{tag}${value}"
            else:
                what = f"VolumeUsage.{run.instance_type}" if run.volume else run.instance_type
                key = f"{PREFIX.get(region, 'XXX1')}-{run.billed_as}:{what}"
            yield key, hours * rate
