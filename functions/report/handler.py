"""The schedule, or an admin: a summary of a day, a week or the month so far, or new prices."""

from pathlib import Path
from typing import Any

from costguard.adapters.logs import log_decision, logged
from costguard.adapters.metrics import alive, here
from costguard.app.price_lists import refresh_prices
from costguard.app.report import report
from costguard.bootstrap.reporter import report_ports
from costguard.common.datetimes import parse_time
from costguard.common.errors import EventInvalid
from costguard.reports.html import Assets
from costguard.reports.period import Period

HERE = Path(__file__).parent
PRICES = "prices"


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Take the time and the period (`day`, `week`, `month`, or only `prices`) from the event."""
    words = [*(period.value for period in Period), PRICES]
    period = event.get("period", Period.DAY.value)
    if period not in words:
        raise EventInvalid([f"period: expected one of {', '.join(words)}, got {period!r}"])
    now, ports = parse_time(event.get("time")), report_ports(assets())
    if period == PRICES:
        for problem in refresh_prices(ports, now):
            log_decision("prices not refreshed", outcome="failed", why=problem)
        return {"period": period, "prices": ports.prices.prices(now).age}
    summary = report(ports, Period(period), now=now)
    here({"SummariesSent": 1})
    log_decision("summary sent", outcome=str(period), usd=str(summary.spend.usd))
    return {"period": period, "usd": str(summary.spend.usd)}


def assets() -> Assets:
    """Read the parts of the page."""
    names = ("page.html", "page.css", "page.js", "chart.js")
    return Assets(*((HERE / name).read_text(encoding="utf-8") for name in names))
