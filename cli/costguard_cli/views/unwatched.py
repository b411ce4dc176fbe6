"""What the guard only tells of, on the terminal and for machines."""

from typing import Any

from rich.console import Console

from costguard.costs.prices import Prices
from costguard.reports.unwatched import hourly_of, says_of, unread_of
from costguard.resources.unwatched import UnwatchedList
from costguard_cli.console import POOR, QUIET, heading
from costguard_cli.console import text as shown


def show_unwatched(console: Console, seen: UnwatchedList | None, prices: Prices) -> None:
    """Print it, and what could not be looked at; nothing where nobody has looked."""
    if seen is None:
        return
    if seen.found:
        console.print(heading("Bills and is not watched", "never stopped; ask who needs it"))
    for each in seen.found:
        console.print(shown(says_of(each, seen.region, prices), POOR, limit=300))
    if unread := ", ".join(unread_of(seen)):
        console.print(shown(f"Not looked at in {seen.region}: {unread}.", QUIET, limit=1000))


def unwatched_dicts(seen: UnwatchedList | None, prices: Prices) -> dict[str, Any] | None:
    """Write it for machines."""
    if seen is None:
        return None
    rows = []
    for each in seen.found:
        hourly = hourly_of(each, seen.region, prices)
        rows.append(
            {
                "kind": each.kind,
                "name": each.name,
                "status": each.status,
                "instances": [{"type": g.type, "count": g.count} for g in each.groups],
                "note": each.note,
                "usd_per_hour": None if hourly is None else str(hourly),
            }
        )
    head = {"time": seen.time.isoformat(), "region": seen.region}
    return head | {"resources": rows, "could_not_look": dict(seen.unread)}
