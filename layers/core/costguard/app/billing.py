"""What AWS has billed, of the accounts that are guarded and that Cost Explorer shows here."""

from collections.abc import Iterable
from copy import replace
from datetime import date, datetime

from costguard.app.report_ports import ReportPorts
from costguard.common.errors import SourceUnavailableError
from costguard.costs.bill import Bill, accounts_of, known_days, sum_bill
from costguard.costs.budgets import month_of
from costguard.reports.period import Period, bounds
from costguard.resources.places import HOME, account_and_region

type _Days = tuple[date, date]


def ask_bill(
    ports: ReportPorts, regions: Iterable[str], period: Period, now: datetime
) -> tuple[Bill | None, str]:
    """Ask Cost Explorer for the days that it knows; return the bill, or why there is none."""
    begun = month_of(now, ports.policy.timezone.info)[1]
    since = min(bounds(period, ports.policy, now)[0], begun).date()
    days = known_days(since, now)
    if days[1] <= days[0]:
        return None, "The days since then are too recent: Cost Explorer is a day late."
    try:
        if ports.spokes:
            return _of_accounts(ports, regions, days)
        return _of_account(ports, tuple(regions), days)
    except SourceUnavailableError as error:
        return None, f"Cost Explorer could not be asked: {error}"


def _of_account(
    ports: ReportPorts, regions: tuple[str, ...], days: _Days, accounts: tuple[str, ...] = ()
) -> tuple[Bill | None, str]:
    """Ask once, by usage type and project together."""
    tag = ports.policy.project_tag
    answer = ports.bill.ask(tag, *days, regions, accounts)
    if answer.is_empty:
        return None, "Cost Explorer has no data of SageMaker for these days (yet)."
    return sum_bill(answer, tag, *days), ""


def _of_accounts(
    ports: ReportPorts, regions: Iterable[str], days: _Days
) -> tuple[Bill | None, str]:
    """Ask whose cost is shown here first: the payer account sees all, any other only its own."""
    guarded = [account_and_region(place, ports.place) for place in (HOME, *ports.spokes)]
    there = tuple(dict.fromkeys((*regions, *(region for _, region in guarded))))
    answer = ports.bill.accounts(*days, there)
    shown = accounts_of(answer)
    accounts = tuple(dict.fromkeys(account for account, _ in guarded if account in shown))
    if not accounts:
        return None, "Cost Explorer shows no cost of SageMaker of these accounts for these days."
    bill, problem = _of_account(ports, there, days, accounts)
    if bill is None:
        return None, problem
    return replace(bill, accounts=accounts, calls=bill.calls + answer.calls), ""
