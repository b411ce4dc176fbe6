"""The summary as one screen of text. Every name that users wrote goes through `single_line`.

It is longer than other modules because every section of the text is here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from costguard.common.datetimes import say_duration
from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.costs.budgets import exhausted_at
from costguard.costs.pricing import HOURS_A_MONTH, ZERO
from costguard.reports.aws_budgets import says_of_budget, without_rows
from costguard.reports.courses import CourseReport, course_title, pace, shares_say
from costguard.reports.phrases import (
    NOT_METERED,
    TITLES,
    billed_accounts,
    credit_line,
    days,
    difference,
    dimensions,
    elsewhere,
    forecast_says,
    named_case,
    no_credits,
    of_home_alone,
    past_credits,
    stored_what,
    titled,
    when,
    where,
)
from costguard.reports.places import PlaceReport, place_lines, place_reports
from costguard.reports.quick_returns import BACK_WITHIN
from costguard.reports.savings import FORMULA
from costguard.reports.summary import Summary
from costguard.reports.unwatched import says_of, unread_of

_LISTED = 6  # lines in a list; the page has them all
_UNREACHED = 5  # names in that line
_NAME = 40


def text(summary: Summary, page: str) -> str:
    """Write it, section by section."""
    sections = (
        _head(summary),
        _spend(summary),
        _running(summary),
        _budgets(summary),
        *(_course(summary, each) for each in summary.courses),
        _credits(summary),
        _aws_budgets(summary),
        _acts(summary),
        _stored(summary),
        _unwatched(summary),
        *(_place(summary, each) for each in place_reports(summary)),
        _place_file(summary),
        _attention(summary),
        _bill(summary),
        _foot(summary, page),
    )
    return "\n\n".join("\n".join(lines) for each in sections if (lines := list(each))) + "\n"


def _head(s: Summary) -> Iterator[str]:
    yield f"Costguard {TITLES[s.period]} cost summary: {days(s)}"
    yield f"Account {where(s)}. As of {when(s, s.now)}."
    yield "Estimated = metered usage x list price. Billed = AWS Cost Explorer."


def _spend(s: Summary) -> Iterator[str]:
    yield "SPEND (estimated)"
    yield _line("this period", s.spend.usd)
    yield _line("month to date", s.month.usd)
    yield _line("forecast for the month", s.forecast) + f"  ({forecast_says(s)})"
    share = f"  ({s.untagged * 100 / s.spend.usd:.0f} %)" if s.spend.usd else ""
    yield _line("without a project tag", s.untagged) + share
    for title, dimension in dimensions(s).items():
        yield f"  by {title}"
        yield from _top(s.spend.by[dimension])


def _running(s: Summary) -> Iterator[str]:
    unknown = sum(r.usd_per_hour is None for r in s.running)
    more = f", and {unknown} without a known price" if unknown else ""
    number = pluralize(len(s.running), "resource")
    yield f"RUNNING NOW: {number}, {usd(s.usd_per_hour)} an hour{more}"
    for each in s.running[:_LISTED]:
        usage = each.usage
        rate = "unpriced" if each.usd_per_hour is None else f"{usd(each.usd_per_hour)}/h"
        so_far = "" if each.usd_so_far is None else f", {usd(each.usd_so_far)} so far"
        bound = ", at most: spot" if usage.spot else ""
        owner = single_line(usage.labels.owner, _NAME) or "nobody's"
        lasts = say_duration(s.now - usage.start)
        said = f"{lasts}{so_far}{bound}{elsewhere(s, usage.region, usage.ref.place)}"
        yield f"  {rate:>10}  {single_line(usage.name, 63)} ({owner}), {said}"
    yield from _more(s.running)


def _budgets(s: Summary) -> Iterator[str]:
    if s.budgets:
        yield "BUDGETS this month (estimated)"
    for used in s.budgets[:_LISTED]:
        end = exhausted_at(used, s.spend_to_date)
        ends = "used up" if used.is_over else f"ends {when(s, end)}" if end else "lasts"
        whose = f"{used.dimension} {single_line(used.name, _NAME)}"
        yield f"  {used.percent:>4} %  {whose}: {usd(used.spent)} of {usd(used.limit)}; {ends}"
    yield from _more(s.budgets)


def _aws_budgets(s: Summary) -> Iterator[str]:
    told = s.facts.aws_budgets
    yield "AWS'S OWN BUDGETS (by its bill, some hours late)"
    yield from _home_alone(s)
    for each in told.budgets[:_LISTED]:
        percent = "?" if each.percent is None else each.percent
        yield f"  {percent:>4} %  {says_of_budget(each)}"
    yield from _more(told.budgets)
    yield from (f"  {line}" for line in without_rows(told))


def _course(s: Summary, report: CourseReport) -> Iterator[str]:
    yield f"COURSE {course_title(report)} (estimated)"
    yield _line("spent since its start", report.tally.spent)
    yield _line("of that, in class", report.tally.in_class)
    if budget := report.budget:
        end = exhausted_at(budget, s.spend_to_date)
        ends = "used up" if budget.is_over else f"ends {when(s, end)}" if end else "lasts"
        said = [f"{budget.percent} %", pace(report), "" if report.ended else ends]
        yield _line("its budget", budget.limit) + f"  ({'; '.join(filter(None, said))})"
    if report.shares:
        yield f"  shares of students: {shares_say(report, s.policy.budgets.tell_at)}"
    for share in report.shares[:_LISTED]:
        name = single_line(share.name, _NAME)
        yield f"  {share.percent:>4} %  {name}: {usd(share.spent)} of {usd(share.limit)}"
    yield from _more(report.shares)
    if report.tally.unpriced:
        yield f"  unpriced, in none of these sums: {_names(sorted(report.tally.unpriced))}"
    if file := s.course_files.get(report.course.name):
        yield f"  everybody, as CSV: {file}"


def _credits(s: Summary) -> Iterator[str]:
    none = no_credits(s)
    yield f"CREDITS: {none}" if none else "CREDITS (AWS Billing; at the pace metered in seven days)"
    yield from _home_alone(s)
    for outlook in s.credits[:_LISTED]:
        yield f"  {credit_line(s, outlook)}"
    yield from _more(s.credits)
    yield from (f"  {line}" for line in past_credits(s))


def _home_alone(s: Summary) -> Iterator[str]:
    if said := of_home_alone(s):
        yield f"  {said}"


def _acts(s: Summary) -> Iterator[str]:
    warned, stopped = pluralize(s.warned, "warning"), pluralize(len(s.stops), "stop")
    yield f"WARNED AND STOPPED: {warned}, {stopped}, {usd(s.avoided)} avoided (estimated)"
    if s.stops:
        yield f"  avoided = {FORMULA}"
    for stop in s.stops[:_LISTED]:
        saved = "unpriced" if stop.usd is None else usd(stop.usd)
        ended = stop.entry.resource
        said = when(s, stop.entry.time) + elsewhere(s, ended.region, ended.place)
        yield f"  {saved:>10}  {single_line(stop.entry.ref.name, 63)}, {said}"
    yield from _more(s.stops)
    if s.returns:
        yield f"  {_quick_returns(s)}"


def _quick_returns(s: Summary) -> str:
    """Ask the admins to check stops with a restart soon after."""
    many = "after 1 stop" if len(s.returns) == 1 else f"after {len(s.returns)} stops"
    names = ", ".join(single_line(each.ref.name, 63) for each in s.returns[:_UNREACHED])
    return (
        f"{many} for idleness the owner was back within {say_duration(BACK_WITHIN)}: probably "
        f"somebody was working. Please check: {names}"
    )


def _stored(s: Summary) -> Iterator[str]:
    if not s.stored:
        return
    total = sum((v.usd_per_month for v in s.stored if v.usd_per_month is not None), ZERO)
    unknown = sum(v.usd_per_month is None for v in s.stored)
    more = f"; {unknown} without a known price" if unknown else ""
    size = sum(v.usage.volume_gb or 0 for v in s.stored)
    yield (
        f"STORAGE THAT STILL BILLS: {stored_what(s)}, {size} GB, "
        f"{usd(total)} a month of {HOURS_A_MONTH} h (estimated){more}"
    )


def _unwatched(s: Summary) -> Iterator[str]:
    seen = s.facts.unwatched
    if seen is None or s.facts.spokes:  # then each section has its own
        return
    if seen.found:
        yield f"BILLS AND IS NOT WATCHED: {pluralize(len(seen.found), 'thing')}, never stopped"
    for each in seen.found[:_LISTED]:
        yield f"  {says_of(each, seen.region, s.facts.prices)}"
    yield from _more(seen.found)
    if unread := tuple(unread_of(seen)):
        yield f"COULD NOT LOOK AT: {_names(unread, len(unread))}"


def _place(s: Summary, report: PlaceReport) -> Iterator[str]:
    yield f"ACCOUNT {titled(s, report.place)}"
    yield from (f"  {line}" for line in place_lines(s, report))


def _place_file(s: Summary) -> Iterator[str]:
    if s.place_file:
        yield f"Every account and Region, as CSV: {s.place_file}"


def _attention(s: Summary) -> Iterator[str]:
    for exemption in s.exemptions[:_LISTED]:
        soon = "EXPIRES SOON: " if s.expires_soon(exemption) else "EXEMPT: "
        names = single_line(", ".join(exemption.names), _NAME)
        yield f"{soon}{names} until {when(s, exemption.until)}, by {single_line(exemption.by)}"
    if s.held:
        yield f"HELD BACK: {_names(named_case(s, case) for case in s.held)}"
    if s.unevaluated:
        named = (f"{named_case(s, case)} ({', '.join(case.gaps)})" for case in s.unevaluated)
        yield f"NOT EVALUATED: {_names(named)}"
    if s.unreached:
        owners = pluralize(len(s.unreached), "owner")
        yield f"COULD NOT BE REACHED: {owners} ({_names(s.unreached, _UNREACHED)})"
    unpriced = {**s.month.unpriced, **s.spend.unpriced}
    if unpriced:
        listed = (f"{single_line(what)} ({say_duration(t)})" for what, t in unpriced.items())
        yield f"UNPRICED, not in any sum: {_names(listed)}"
    if tokens := s.spend.tokens:
        every = f"{sum(tokens.values()):,} this period"
        ranked = sorted(tokens.items(), key=lambda item: (-item[1], item[0]))
        whose = (f"{single_line(owner, _NAME) or 'nobody'} {count:,}" for owner, count in ranked)
        yield f"TOKENS that AWS bills, without a known price: {every} ({_names(whose)})"
    if assumed := s.spend.assumed | s.month.assumed:
        yield f"ASSUMED RATES: {_names(sorted(map(single_line, assumed)))}"
    for problem in s.facts.problems:
        yield f"NOT ASKED: {single_line(problem, 200)}"


def _bill(s: Summary) -> Iterator[str]:
    bill = s.facts.bill
    if bill is None:
        yield f"BILL: not known. {single_line(s.facts.bill_problem, 200)}"
        return
    yield f"BILL (Cost Explorer, whole UTC days {bill.since} up to and without {bill.until})"
    if whose := billed_accounts(s, bill):
        yield f"  {whose}"
    yield _line("billed for SageMaker", bill.total)
    if bill.unreadable:
        yield f"  {pluralize(bill.unreadable, 'group')} of the answer: unreadable, not in any sum"
    yield _line("of that, what is metered", bill.metered)
    yield _line("metered, estimated", s.metered.usd) + f"  (difference {difference(s, bill)})"
    if bill.projects is None:
        tag = s.policy.project_tag
        yield f"  by project: the tag {tag} is not activated for billing, or nothing was tagged"
    else:
        yield "  by project, billed"
        yield from _top({**bill.projects, "": bill.untagged})
    yield f"  asking cost {usd(bill.asking)} ({pluralize(bill.calls, 'call')} at $0.01)"


def _foot(s: Summary, page: str) -> Iterator[str]:
    yield f"Prices: {s.facts.prices.age}. Not metered: {NOT_METERED}."
    yield f"Charts and every row (sign in to the account first): {page}"


def _line(what: str, amount: Decimal) -> str:
    return f"  {usd(amount):>10}  {what}"


def _top(sums: Mapping[str, Decimal]) -> Iterator[str]:
    ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    shown = [(name, amount) for name, amount in ranked if amount]
    for name, amount in shown[:_LISTED]:
        yield f"  {usd(amount):>10}    {single_line(name, _NAME) or '(not tagged)'}"
    if rest := shown[_LISTED:]:
        yield f"  {usd(sum((a for _, a in rest), ZERO)):>10}    {len(rest)} more"


def _more(rows: Sequence[object]) -> Iterator[str]:
    if len(rows) > _LISTED:
        yield f"  {'':>10}  and {len(rows) - _LISTED} more"


def _names(names: Iterable[str], limit: int = _LISTED) -> str:
    found = [single_line(name) for name in names]
    rest = f", and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + rest
