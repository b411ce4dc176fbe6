"""Cost Explorer of the local AWS: GetCostAndUsage by up to two groups, a day late.

It bills what really ran (local.billing_oracle) at the local price list; days of the last 24 hours
are still empty, the day before them is marked as estimated.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from local import billing_oracle
from local.ministack.price_list import PREFIX, billed
from local.sagemaker.account import Account

TARGET = "AWSInsightsIndexService."
LATE = timedelta(hours=24)
_A_PAGE = 20  # groups; where AWS cuts is documented nowhere, so a period may be cut as well
_DAY = timedelta(days=1)

type _Row = tuple[dict[str, Any], dict[str, Any] | None]


class CostExplorer:
    """Answers GetCostAndUsage. A tag is in the bill only when it was activated."""

    name = "ce"
    target = TARGET

    def __init__(self, account: Account) -> None:
        self._account = account
        self.active_tags = {"Project"}

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer; raises ValueError as AWS refuses."""
        if operation != "GetCostAndUsage" or request["Granularity"] not in {"DAILY", "MONTHLY"}:
            msg = (
                f"the local Cost Explorer has only GetCostAndUsage by day or month, not {operation}"
            )
            raise ValueError(msg)
        first, last = (date.fromisoformat(request["TimePeriod"][end]) for end in ("Start", "End"))
        if first >= last:
            raise ValueError("Start date (and hour) should be before end date (and hour)")
        groups = request["GroupBy"]
        skip = int(request.get("NextPageToken") or 0)
        periods = _periods(first, last, monthly=request["Granularity"] == "MONTHLY")
        result_rows = [row for period in periods for row in self._rows(*period, groups)]
        page = {
            "GroupDefinitions": groups,
            "ResultsByTime": [
                {**period, "Total": {}, "Groups": [group for _, group in rows if group]}
                for period, rows in groupby(result_rows[skip : skip + _A_PAGE], lambda row: row[0])
            ],
            "DimensionValueAttributes": [],
        }
        more = skip + _A_PAGE < len(result_rows)
        return page | ({"NextPageToken": str(skip + _A_PAGE)} if more else {})

    def _rows(self, start: date, end: date, groups: list[dict[str, str]]) -> Iterator[_Row]:
        """Tell each group of a period, or that it has none."""
        moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (start, end)]
        now = self._account.clock.now()
        sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        day = moments[0]
        while day < moments[1]:
            for keys, usd in self._billed(day, groups) if day + _DAY <= now - LATE else ():
                sums[keys] += usd
            day += _DAY
        period = {
            "TimePeriod": {"Start": str(start), "End": str(end)},
            "Estimated": now - moments[1] < 2 * _DAY,
        }
        for keys, usd in sums.items():
            amount = {"Amount": f"{usd:.10f}", "Unit": "USD"}
            yield period, {"Keys": list(keys), "Metrics": {"UnblendedCost": amount}}
        if not sums:
            yield period, None

    def _billed(
        self, start: datetime, groups: Iterable[dict[str, str]]
    ) -> Iterator[tuple[tuple[str, ...], Decimal]]:
        table = billed()
        for run in billing_oracle.runs(self._account):
            rate = table.get((run.billed_as, run.instance_type))
            hours = run.hours(start, start + _DAY)
            if rate is not None and hours:
                yield tuple(self._key(run, group) for group in groups), hours * rate

    def _key(self, run: billing_oracle.Run, group: dict[str, str]) -> str:
        if group["Type"] == "TAG":
            tag = group["Key"]
            return f"{tag}${run.tags.get(tag, '') if tag in self.active_tags else ''}"
        if group["Key"] == "LINKED_ACCOUNT":  # a member account is shown its own cost alone
            return self._account.place.account_id
        what = f"VolumeUsage.{run.instance_type}" if run.volume else run.instance_type
        return f"{PREFIX.get(self._account.place.region, 'XXX1')}-{run.billed_as}:{what}"


def _periods(first: date, last: date, *, monthly: bool) -> Iterator[tuple[date, date]]:
    """Cut into days, or into calendar months."""
    while first < last:
        end = (first.replace(day=1) + 31 * _DAY).replace(day=1) if monthly else first + _DAY
        yield first, min(end, last)
        first = end
