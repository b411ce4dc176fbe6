"""Phrases that the text and the page share."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

from costguard.common.formatting import pluralize, shortened_list, usd
from costguard.common.sanitize import single_line
from costguard.costs.bill import Bill
from costguard.costs.credits import Credit, CreditOutlook
from costguard.enforcement.case import Case
from costguard.policy.in_account import place_title
from costguard.reports.period import Period
from costguard.reports.summary import Summary
from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.places import HOME, account_and_region, place_of
from costguard.resources.registry import KINDS

TITLES = {Period.DAY: "daily", Period.WEEK: "weekly", Period.MONTH: "month-to-date"}
_SERVICES = 3  # named of those that a credit pays for
_PAST = 3  # credits that pay no more
_UNREAD = 3  # places named in the headline; each has its section
_SHARED = "those that another account shares are not listed"
NOT_METERED = (
    "job and endpoint volumes, Studio's home file systems, data transfer; discounts, free tier, "
    "credits and tax"
)


def stored_what(summary: Summary) -> str:
    """Count what has a volume and does not run: `2 stopped notebooks and 1 Studio space`."""
    counts = Counter(_at_rest(each.usage.kind) for each in summary.stored)
    return " and ".join(pluralize(count, title) for title, count in counts.items())


def _at_rest(kind: str) -> str:
    if kind == NOTEBOOK.name:
        return "stopped notebook"
    return KINDS[kind].title if kind in KINDS else "volume"


def summary_subject(summary: Summary) -> str:
    """One line of printable ASCII."""
    return f"Costguard {TITLES[summary.period]} cost summary: {usd(summary.spend.usd)}"


def when(summary: Summary, moment: datetime) -> str:
    """Format a time in the policy's time zone."""
    return f"{moment.astimezone(summary.policy.timezone.info):%a %d %b %Y %H:%M %Z}"


def where(summary: Summary) -> str:
    """Name the account, the regions in the sums, and the regions that are missing."""
    account, region = summary.place
    regions = ", ".join((region, *summary.facts.regions[1:]))
    unread = ", ".join(summary.facts.unread_regions)
    without = f"; WITHOUT {unread} (could not be read)" if unread else ""
    return f"{account}, {regions}{without}{_spokes(summary)}"


def _spokes(summary: Summary) -> str:
    """Count the other places that are guarded, and name those that cannot be read."""
    spokes, facts = summary.facts.spokes, summary.facts
    if not spokes:
        return ""
    accounts = {account_and_region(each, summary.place)[0] for each in (HOME, *spokes)}
    said = f", and {pluralize(len(spokes), 'more Region')} of {pluralize(len(accounts), 'account')}"
    unread = [titled(summary, each) for each in sorted(facts.unread_places)]
    blind = "; ".join(shortened_list(unread, _UNREAD))
    return said + (f"; COULD NOT LOOK AT ALL OF {blind}" if blind else "")


def billed_accounts(summary: Summary, bill: Bill) -> str:
    """Say which accounts the bill shows, and which not; empty where one account is guarded."""
    facts = summary.facts
    places = (HOME, *facts.spokes) if facts.spokes else ()
    accounts = dict.fromkeys(account_and_region(each, summary.place)[0] for each in places)
    of = [_account(summary, each) for each in accounts if bill.covers(each)]
    without = [_account(summary, each) for each in accounts if not bill.covers(each)]
    said = f"of {', '.join(of)}" if of else ""
    if without:
        said += f"; NOT of {', '.join(without)}: Cost Explorer shows no cost of theirs here"
    return said


def of_home_alone(summary: Summary) -> str:
    """Say that something is known of one account, where several are guarded."""
    return f"of account {summary.place[0]} alone" if summary.facts.spokes else ""


def titled(summary: Summary, place: str) -> str:
    """Name a place: `Physics (222233334444, eu-west-1)`."""
    return single_line(place_title(summary.policy, place or "/".join(summary.place)), 100)


def _account(summary: Summary, account: str) -> str:
    own = summary.policy.accounts.get(account)
    return f"{single_line(own.name, 60)} ({account})" if own and own.name else account


def placed(summary: Summary, place: str, region: str) -> str:
    """Return where something is; a Region whose ledger is read as well is another place."""
    return place or place_of(summary.place[0], region, summary.place)


def elsewhere(summary: Summary, region: str, place: str = HOME) -> str:
    """Name where a resource is, if that is not the summary's own account and Region."""
    if place:
        return f", in {titled(summary, place)}"
    return "" if region == summary.place[1] else f", in {region}"


def named_case(summary: Summary, case: Case) -> str:
    """Name the resource of a case, and where it is."""
    return case.name + elsewhere(summary, summary.place[1], case.ref.place)


def dimensions(summary: Summary) -> dict[str, str]:
    """Return the titles of the dimensions with their keys; regions only if there are several."""
    titles = {"project": "project", "owner": "owner", "kind": "component"}
    return titles | ({"region": "region"} if len(summary.facts.regions) > 1 else {})


def days(summary: Summary) -> str:
    """Format the period by its first and last day."""
    zone = summary.policy.timezone.info
    first = summary.since.astimezone(zone)
    last = (summary.until - (summary.until - summary.since) / 1000).astimezone(zone)
    one = first.date() == last.date()
    return f"{first:%a %d %b %Y}" if one else f"{first:%a %d %b} to {last:%a %d %b %Y}"


def forecast_says(summary: Summary) -> str:
    """Describe how the forecast was made."""
    return (
        f"month to date + the last 7 days' pace until {when(summary, summary.spend_to_date.ends)}"
    )


def difference(summary: Summary, bill: Bill) -> str:
    """Format the difference between bill and meter, for the days that both have."""
    off = (bill.metered - summary.metered.usd).quantize(Decimal("0.01"))
    share = f", {off * 100 / summary.metered.usd:+.0f} %" if summary.metered.usd else ""
    sign = "-" if off < 0 else "+"
    return f"{sign}{usd(abs(off))}{share}"


def credit_line(s: Summary, outlook: CreditOutlook) -> str:
    """Say what is left of a credit, until when, for what, and what becomes of it."""
    credit, zone = outlook.credit, s.policy.timezone.info
    ends = ", without an end"
    if credit.ends:
        ends = f", until {credit.ends.astimezone(zone):%d %b %Y}"
    if not credit.is_ours:
        fate = f"not for SageMaker, but for {_services(credit)}"
    elif outlook.gone:
        fate = f"at this pace gone on {outlook.gone.astimezone(zone):%d %b %Y}"
    elif outlook.lost:
        fate = f"at this pace {usd(outlook.lost)} will expire unused"
    else:
        fate = "at this pace it lasts for years"
    also = f"; for {_services(credit)}" if credit.is_ours else ""
    return f"{credit.name}: {usd(credit.left)} of {usd(credit.initial)} left{ends}; {fate}{also}"


def _services(credit: Credit) -> str:
    if not credit.services:
        return "any service"
    return ", ".join(shortened_list(credit.services, _SERVICES))


def no_credits(s: Summary) -> str:
    """Say why no credit is listed; empty where one is."""
    known = s.facts.credits
    if known is None:
        return f"not known. {single_line(s.facts.credits_problem, 200)}"
    if known.unreadable:
        return f"{pluralize(known.unreadable, 'credit')} in another currency or form, in no sum"
    if s.credits:
        return ""
    return f"none {'left' if known.past else "of this account's own"}; {_SHARED}"


def past_credits(s: Summary) -> tuple[str, ...]:
    """Say of the latest credits that pay no more: used up, ended, or switched off."""
    known = s.facts.credits
    return tuple(_past(s, each) for each in known.past[:_PAST]) if known else ()


def _past(s: Summary, credit: Credit) -> str:
    zone, of = s.policy.timezone.info, f"{usd(credit.left)} of {usd(credit.initial)}"
    if not credit.left:
        on = f" on {credit.used_up.astimezone(zone):%d %b %Y}" if credit.used_up else ""
        return f"{credit.name}: used up{on}, all of {usd(credit.initial)}"
    if credit.ends and credit.ends <= s.now:
        return f"{credit.name}: ended {credit.ends.astimezone(zone):%d %b %Y}; {of} expired unused"
    return f"{credit.name}: switched off in AWS Billing; {of} left, which pay for nothing"
