"""Phrases that the text and the page share."""

from datetime import datetime
from decimal import Decimal

from costguard.common.formatting import usd
from costguard.costs.bill import Bill
from costguard.reports.period import Period
from costguard.reports.summary import Summary

TITLES = {Period.DAY: "daily", Period.WEEK: "weekly", Period.MONTH: "month-to-date"}
NOT_METERED = "endpoints, Studio, job volumes, data transfer; discounts, free tier, credits and tax"


def summary_subject(summary: Summary) -> str:
    """One line of printable ASCII."""
    return f"Costguard {TITLES[summary.period]} cost summary: {usd(summary.spend.usd)}"


def when(summary: Summary, moment: datetime) -> str:
    """Say a moment in the policy's time zone."""
    return f"{moment.astimezone(summary.policy.timezone.info):%a %d %b %Y %H:%M %Z}"


def where(summary: Summary) -> str:
    """Name the account and the regions that are in the sums, and those that should be."""
    account, region = summary.place
    regions = ", ".join((region, *summary.facts.regions[1:]))
    unread = ", ".join(summary.facts.unread_regions)
    return f"{account}, {regions}" + (f"; WITHOUT {unread} (could not be read)" if unread else "")


def elsewhere(summary: Summary, region: str) -> str:
    """Say in which region something is, where it is not the summary's own."""
    return "" if region == summary.place[1] else f", in {region}"


def dimensions(summary: Summary) -> dict[str, str]:
    """Give the titles of what is summed up by, with the sum's name; regions where there are any."""
    titles = {"project": "project", "owner": "owner", "kind": "component"}
    return titles | ({"region": "region"} if len(summary.facts.regions) > 1 else {})


def days(summary: Summary) -> str:
    """Say the period by its first and last day."""
    zone = summary.policy.timezone.info
    first = summary.since.astimezone(zone)
    last = (summary.until - (summary.until - summary.since) / 1000).astimezone(zone)
    one = first.date() == last.date()
    return f"{first:%a %d %b %Y}" if one else f"{first:%a %d %b} to {last:%a %d %b %Y}"


def forecast_says(summary: Summary) -> str:
    """Say how the forecast was made."""
    return (
        f"month to date + the last 7 days' pace until {when(summary, summary.spend_to_date.ends)}"
    )


def difference(summary: Summary, bill: Bill) -> str:
    """Say how far the bill is from the meter, for the days both know."""
    off = (bill.metered - summary.metered.usd).quantize(Decimal("0.01"))
    share = f", {off * 100 / summary.metered.usd:+.0f} %" if summary.metered.usd else ""
    sign = "-" if off < 0 else "+"
    return f"{sign}{usd(abs(off))}{share}"
