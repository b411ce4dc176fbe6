"""The numbers of the page's charts."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from costguard.common.sanitize import single_line
from costguard.costs.pricing import ZERO
from costguard.reports.summary import Summary

NOBODY = "(not tagged)"
_BARS = 10


def charts(s: Summary) -> Mapping[str, Any]:
    """Return the numbers of the charts; names are cut, and small values are merged."""
    spent = {**s.spend.days, **s.month.days}
    projects = _largest(_summed(pair for of_day in spent.values() for pair in of_day.items()))
    budget = sum((u.limit for u in s.budgets if u.dimension == "project"), ZERO)
    dates = sorted(spent)
    return {
        "daily": {
            "labels": [f"{day:%d %b}" for day in dates],
            "series": [
                {"label": _short(p), "data": [spent[d].get(p, ZERO) for d in dates]}
                for p in projects
            ],
            "budget": budget / max((s.spend_to_date.ends - s.spend_to_date.begun).days, 1),
        },
        "owners": _bars(s.spend.by["owner"]),
        "running": _bars({r.usage.name: r.usd_per_hour or ZERO for r in s.running}),
        "avoided": _bars(_summed((t.entry.ref.name, t.usd or ZERO) for t in s.stops)),
        "budgets": {
            "labels": [_short(f"{u.dimension} {u.name}") for u in s.budgets[:_BARS]],
            "data": [u.percent for u in s.budgets[:_BARS]],
        },
    }


def _largest(sums: Mapping[str, Decimal]) -> list[str]:
    return sorted((name for name in sums if sums[name]), key=lambda name: -sums[name])[:_BARS]


def _bars(sums: Mapping[str, Decimal]) -> dict[str, Any]:
    names = _largest(sums)
    return {"labels": [_short(name) for name in names], "data": [sums[name] for name in names]}


def _summed(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in pairs:
        sums[name] = sums.get(name, ZERO) + amount
    return sums


def _short(name: str) -> str:
    return single_line(name, 24) or NOBODY
