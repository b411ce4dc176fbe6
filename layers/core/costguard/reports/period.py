"""The period of a summary."""

from datetime import datetime, timedelta
from enum import Enum

from costguard.costs.budgets import WEEK, month_of
from costguard.costs.spend import midnight
from costguard.policy.model import Policy
from costguard.reports.courses import shown_courses

_DAY = timedelta(days=1)


class Period(Enum):
    """The period of a summary."""

    DAY = "day"  # the last whole calendar day
    WEEK = "week"  # the last seven of them
    MONTH = "month"  # this month so far


def bounds(period: Period, policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """Bound a period by the midnights of the policy's time zone."""
    zone = policy.timezone.info
    today = now.astimezone(zone).date()
    if period is Period.MONTH:
        return month_of(now, zone)[1], now
    first = today - (_DAY if period is Period.DAY else WEEK)
    return midnight(first, zone), midnight(today, zone)


def needed_since(period: Period, policy: Policy, now: datetime) -> datetime:
    """Return from when on usage is needed."""
    since, _ = bounds(period, policy, now)
    zone = policy.timezone.info
    begun = (course.bounds(zone)[0] for course in shown_courses(policy, now))
    return min(since, month_of(now, zone)[1], now - WEEK, *begun)
