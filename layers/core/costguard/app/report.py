"""The report: refresh the prices, read the ledger, write the summary as text and as a page."""

from collections.abc import Iterable, Sequence
from copy import replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from costguard.app.billing import ask_bill
from costguard.app.price_lists import refresh_prices
from costguard.app.report_ports import ReportPorts
from costguard.app.silence import SLEPT, WOKE
from costguard.app.spokes import marks_of, unread_since
from costguard.app.telling import tell_by_mark
from costguard.common.datetimes import say_duration, say_local
from costguard.common.errors import SourceUnavailableError
from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.costs.aws_budgets import AwsBudgets
from costguard.costs.credits import due_marks
from costguard.notifications import templates
from costguard.notifications.delivery import Delivery
from costguard.policy.exceptions import with_approved
from costguard.reports.courses import course_csv, file_names
from costguard.reports.html import render
from costguard.reports.period import Period, bounds, needed_since
from costguard.reports.phrases import credit_line, summary_subject
from costguard.reports.places import place_csv
from costguard.reports.regions import read_regions
from costguard.reports.summary import Summary, SummaryFacts, summarise
from costguard.reports.text import text

_TWICE = (
    "the ledger in {0}: the stack guards {0} itself, and both together would count twice; take it "
    "out of OtherLedgers, or {0} out of Spokes"
)


def report(ports: ReportPorts, period: Period, *, now: datetime) -> Summary:
    """Build one summary and send it. It names every source that could not be read."""
    # longer than 30 lines: one line a fact that is read
    since, _ = bounds(period, ports.policy, now)
    needed = needed_since(period, ports.policy, now)
    twice = [each for each in ports.other_regions if f"{ports.place[0]}/{each}" in ports.spokes]
    readers = {r: each for r, each in ports.other_regions.items() if r not in twice}
    others = read_regions(readers, since, needed, now)
    ledgers, regions = others.ledgers.values(), (ports.place[1], *others.ledgers)
    bill, no_bill = ask_bill(ports, regions, period, now)
    unreached, unknown = _unreached(ports, since)
    own = (*map(_TWICE.format, twice), *_zone_problem(ports), *_silence(ports, since, now))
    problems = (*own, *refresh_prices(ports, now), *unknown, *others.problems)
    facts = SummaryFacts(
        regions=regions,
        unread_regions=tuple(others.failures),
        slices=chain(ports.usage.slices(needed, now), *(each.slices for each in ledgers)),
        prices=others.prices(ports.prices.prices(now)),
        cases=(*ports.cases.all(), *others.cases(ports.place[0] if ports.spokes else "")),
        audit_entries=(
            *ports.audit.entries(since, now),
            *(a for each in ledgers for a in each.audit_entries),
        ),
        unreached=(*unreached, *(row for each in ledgers for row in each.unreached)),
        unwatched=ports.unwatched.last_unwatched(),
        bill=bill,
        bill_problem=no_bill,
        aws_budgets=_aws_budgets(ports),
        problems=problems,
    )
    facts = replace(facts, **_credits(ports, now), **_places(ports))
    policy = with_approved(ports.policy, ports.exceptions.requests())
    summary = summarise(facts, policy, period, ports.place, now=now)
    summary = replace(summary, facts=_with_unreadable(facts, ports.unreadable()))
    key = f"{period.value}/{now.astimezone(ports.policy.timezone.info):%Y-%m-%d}"
    if period is Period.WEEK:
        named = zip(file_names(summary.courses).items(), summary.courses, strict=True)
        files = {
            name: ports.pages.publish(f"{key}-{file}.csv", course_csv(each))
            for (name, file), each in named
        }
        summary = replace(summary, course_files=files)
    if ports.spokes:
        file = ports.pages.publish(f"{key}-accounts.csv", place_csv(summary))
        summary = replace(summary, place_file=file)
    page = ports.pages.publish(f"{key}.html", render(summary, ports.assets))
    ports.texts.publish_with_subject(summary_subject(summary), text(summary, page))
    _tell_credits(ports, summary, now)
    return summary


def _places(ports: ReportPorts) -> dict[str, Any]:
    """Read what is known of the other places; nothing is asked where there are none."""
    if not ports.spokes:
        return {}
    times = ((word, ports.guard_marks.last_time(word)) for word in marks_of(ports.spokes))
    known = {word: time for word, time in times if time}
    seen = ((place, ports.unwatched.last_unwatched(place)) for place in ports.spokes)
    return {
        "spokes": ports.spokes,
        "unread_places": unread_since(known, ports.spokes),
        "unwatched_places": {place: told for place, told in seen if told},
    }


def _credits(ports: ReportPorts, now: datetime) -> dict[str, Any]:
    """Ask for the credits; if that fails, report it: no answer is not no credits."""
    try:
        return {"credits": ports.credits.credits(ports.place[0], now)}
    except SourceUnavailableError as error:
        return {"credits_problem": f"AWS Billing could not be asked: {error}"}


def _tell_credits(ports: ReportPorts, summary: Summary, now: datetime) -> None:
    """Tell the admins of credits that end: once 30 days before, and once 7 days before."""
    for outlook in summary.credits:
        marks = due_marks(outlook, now)
        said = templates.CREDIT_ENDS.format(credit_line(summary, outlook))
        tell = partial(_tell_credit, ports, said)
        if marks and tell_by_mark(ports.marks, marks[-1], tell, now):
            for mark in marks[:-1]:
                ports.marks.mark_time(mark, now)


def _tell_credit(ports: ReportPorts, said: str, _since: datetime) -> None:
    ports.texts.publish_with_subject(templates.CREDIT_SUBJECT, said)


def _with_unreadable(facts: SummaryFacts, rows: Sequence[Exception]) -> SummaryFacts:
    """Report rows of the ledger that could not be read."""
    if not rows:
        return facts
    why = single_line(str(rows[0]), 200)
    said = f"{pluralize(len(rows), 'row')} of the ledger ({why}): not in any sum"
    return replace(facts, problems=(*facts.problems, said))


def _zone_problem(ports: ReportPorts) -> Iterable[str]:
    """Report that the schedules use another time zone than the policy."""
    zone = str(ports.policy.timezone.info)
    if ports.timezone != zone:
        yield (
            f"the deploy parameter Timezone is {ports.timezone}, the policy's timezone is {zone}: "
            "summaries come at the wrong hour; make them equal"
        )


def _silence(ports: ReportPorts, since: datetime, now: datetime) -> Iterable[str]:
    """Report that Costguard was silent in the period: usage of that time may be missing."""
    slept, woke = ports.guard_marks.last_time(SLEPT), ports.guard_marks.last_time(WOKE)
    if slept and woke and slept < woke and since <= woke <= now:
        zone = ports.policy.timezone
        yield (
            f"the account from {say_local(slept, zone)} to {say_local(woke, zone)}, for "
            f"{say_duration(woke - slept)}, when Costguard was silent: what began and ended then "
            "is in no sum"
        )


def _unreached(ports: ReportPorts, since: datetime) -> tuple[tuple[Delivery, ...], tuple[str, ...]]:
    """Read the failed deliveries; if that fails, report it."""
    try:
        return tuple(ports.unreached.unreached_since(since)), ()
    except SourceUnavailableError as error:
        return (), (f"who could not be reached ({error})",)


def _aws_budgets(ports: ReportPorts) -> AwsBudgets:
    """Read AWS's own budgets; if that fails, say so instead."""
    try:
        return ports.aws_budgets.read()
    except SourceUnavailableError as error:
        return AwsBudgets(problem=f"AWS Budgets could not be asked: {error}")
