"""The accounts and Regions of a summary: a section each, and none that hides another."""

import re
from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.app.spokes import READ, UNREAD
from costguard.common.errors import SourceUnavailableError
from costguard.costs.bill import CostExplorerAnswer
from costguard.costs.prices import LISTED_FOR, Price, Prices
from costguard.costs.usage import Usage
from costguard.enforcement.case import Finding, FindingState, open_case
from costguard.ownership.directory import CostLabels
from costguard.reports.period import Period
from costguard.resources.model import InstanceGroup
from costguard.resources.unwatched import Unwatched, UnwatchedList
from tests.factories import arn, notebook
from tests.unit.reports.test_regions import ledger
from tests.unit.reports.test_summary import (
    ADA,
    HOSTILE,
    NOW,
    PRICES,
    FakeReporter,
    days,
    stopped,
    usage,
)
from tests.unit.reports.test_summary import T3 as T3_LINE

HERE, THERE, WEST = "222233334444/us-east-2", "222233334444/eu-west-1", "555566667777/us-west-2"
T3 = ("notebook", "ml.t3.medium")
FOREIGN = Prices({("eu-west-1", *T3): Price(Decimal("0.50"), "AWS", "2026-11-23")}, NOW)


def ran(place: str, name: str = "DoeJohn-Try", hours: float = 30, **more: Any) -> Usage:
    region = place.partition("/")[2]
    return usage(name, hours, **{"place": place, "region": region, "labels": ADA, **more})


def hub(*usages: Usage, rules: str = "") -> FakeReporter:
    reporter = FakeReporter(usage("DoeJohn-Try", 30, labels=ADA), *usages, rules=rules)
    reporter.spokes = (HERE, THERE, WEST)
    reporter.prices = PRICES.with_region("eu-west-1", FOREIGN)
    return reporter


def several_accounts() -> FakeReporter:
    """Report of three places besides home, one of which cannot be read."""
    rules = '[accounts."222233334444"]\nname = "Physics"\n'
    big = ran(THERE, "DoeJohn-Big", 3, runs=True, groups=(InstanceGroup("ml.x9.huge", 1),))
    reporter = hub(ran(HERE, runs=True), ran(THERE), big, rules=rules)
    finding = Finding(state=FindingState.WARNED, since=NOW, reason="x", remedy="y")
    case = open_case(notebook("DoeJohn-Try", place=HERE))
    reporter.cases = (replace(case, findings={"missing-tags": finding}),)
    reporter.guard_marks.mark_time(UNREAD.format(WEST), NOW - timedelta(hours=2))
    reporter.unwatched_places = {
        HERE: UnwatchedList(
            time=NOW,
            region="us-east-2",
            found=(Unwatched(kind="training plan", name="spring"),),
            unread={"partner app": "AccessDenied"},
        )
    }
    reporter.shown, reporter.ask = ("123456789012",), Asked()
    reporter.report()
    return reporter


def sections(text: str) -> dict[str, str]:
    """Cut the sections of the places out of the text, by place."""
    found = re.findall(
        r"^ACCOUNT (\d+)(?: \([^)]*\))?, ([\w-]+)\n((?:  .*\n)*)", text, re.MULTILINE
    )
    return {f"{account}/{region}": lines for account, region, lines in found}


def test_a_single_stack_has_no_sections_and_no_file_of_them() -> None:
    reporter = FakeReporter(usage("DoeJohn-Try", 30, labels=ADA))
    reporter.guard_marks.mark_time(UNREAD.format(THERE), NOW)
    assert not sections(reporter.report())
    assert "Account 123456789012, us-east-2. As of" in reporter.text
    assert "accounts.csv" not in reporter.text + "".join(reporter.files)


def test_each_place_has_a_section_priced_by_its_region() -> None:
    reporter = hub(ran(HERE), ran(THERE), ran(THERE, "DoeJohn-Now", 2, runs=True))
    told = sections(reporter.report())
    assert list(told) == ["123456789012/us-east-2", THERE, HERE, WEST]
    assert "$0.75 this period, $0.75 month to date" in told["123456789012/us-east-2"]
    assert "$0.75 this period, $0.75 month to date" in told[HERE]
    assert "$7.50 this period, $8.50 month to date" in told[THERE]
    assert "running now: 1 resource, $0.50 an hour: DoeJohn-Now (Ada)" in told[THERE]
    assert "$0.00 this period" in told[WEST]
    assert "nothing runs" in told[WEST]
    assert "Account 123456789012, us-east-2, and 3 more Regions of 3 accounts. As of" in (
        reporter.text
    )


def test_people_and_budgets_are_summed_up_over_all_places() -> None:
    rules = "[rules.over-budget]\nper_owner = { Ada = 100 }\n"
    reporter = hub(ran(HERE), ran(THERE), rules=rules)
    said = reporter.report()
    assert "     $9.00    Ada" in said
    assert "owner Ada: $9.00 of $100.00" in said


def test_resources_of_one_name_are_told_apart() -> None:
    reporter = hub(ran(HERE, runs=True), ran(THERE, runs=True))
    there = notebook("DoeJohn-Try", place=THERE)
    reporter.cases = (replace(open_case(there), held=True, gaps=("idle",)),)
    said = reporter.report()
    assert "DoeJohn-Try (Ada), 1 d 6 h, $1.50 so far, in 222233334444, us-east-2" in said
    assert "HELD BACK: DoeJohn-Try, in 222233334444, eu-west-1" in said
    assert "NOT EVALUATED: DoeJohn-Try, in 222233334444, eu-west-1 (idle)" in said
    assert reporter.page.count("DoeJohn-Try, in 222233334444, eu-west-1") == 2


def test_a_place_that_cannot_be_read_says_since_when_and_hides_no_other() -> None:
    reporter = hub(ran(HERE), ran(THERE, runs=True))
    reporter.guard_marks.mark_time(UNREAD.format(THERE), NOW - timedelta(hours=2))
    reporter.guard_marks.mark_time(READ.format(THERE), NOW - timedelta(hours=3))
    told = sections(reporter.report())
    since = "COULD NOT LOOK AT ALL OF IT since Mon 23 Nov 2026 11:00 UTC"
    assert since in told[THERE]
    assert "$15.00 month to date" in told[THERE]
    assert reporter.text.count("COULD NOT LOOK AT ALL OF IT since") == 1
    assert "COULD NOT LOOK AT ALL OF 222233334444, eu-west-1. As of" in reporter.text
    assert since in reporter.page
    reporter.guard_marks.mark_time(READ.format(THERE), NOW - timedelta(hours=1))
    assert "COULD NOT LOOK" not in reporter.report()
    assert "$0.75 this period" in told[HERE]


def test_findings_and_stops_are_in_the_section_of_their_place() -> None:
    reporter = hub(ran(THERE, hours=70))
    there = notebook(
        "DoeJohn-Try",
        place=THERE,
        arn=arn("notebook-instance", "x").replace("us-east-2", "eu-west-1"),
    )
    finding = Finding(state=FindingState.WARNED, since=NOW, reason="x", remedy="y")
    reporter.cases = (replace(open_case(there), findings={"missing-tags": finding}),)
    reporter.actions = (stopped(there, 2), stopped(notebook("DoeJohn-Try"), 3))
    told = sections(reporter.report())
    assert "findings: 1 resource: DoeJohn-Try (missing-tags warned)" in told[THERE]
    assert "1 stop this period" in sections(reporter.report(Period.MONTH))[THERE]
    assert "findings" not in told[HERE] + told["123456789012/us-east-2"]


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        (Prices(), "no price of eu-west-1 is known: what ran there is in no sum"),
        (replace(FOREIGN, fetched=None), "AWS has not been asked for the prices of eu-west-1"),
        (replace(FOREIGN, fetched=NOW - LISTED_FOR), "prices of eu-west-1: as AWS listed them on"),
        (FOREIGN, None),
    ],
)
def test_what_is_not_known_of_prices_is_said_and_home_is_no_substitute(
    listed: Prices, says: str | None
) -> None:
    reporter = hub(ran(THERE, runs=True))
    reporter.prices = PRICES.with_region("eu-west-1", listed)
    reporter.fresh = SourceUnavailableError("no permission")
    told = sections(reporter.report())[THERE]
    assert ("price" in told) == bool(says)
    assert (says or "$15.00 month") in told
    assert ("1 without a known price" in told) == (not listed.table)
    assert ("UNPRICED, not in any sum: ml.t3.medium notebook in eu-west-1" in reporter.text) == (
        not listed.table
    )


def test_what_is_only_told_of_stands_in_the_section_of_its_place() -> None:
    reporter = hub()
    plan = Unwatched(kind="training plan", name="spring")
    reporter.unwatched = UnwatchedList(time=NOW, region="us-east-2", found=(plan,))
    reporter.unwatched_places = {
        THERE: UnwatchedList(time=NOW, region="eu-west-1", unread={"training plan": "AccessDenied"})
    }
    told = sections(reporter.report())
    assert "bills and is not watched: training plan spring" in told["123456789012/us-east-2"]
    assert "could not look at training plans (AccessDenied)" in told[THERE]
    assert "BILLS AND IS NOT WATCHED" not in reporter.text
    assert "Bills and is not watched" not in reporter.page


def test_a_place_that_is_guarded_no_more_is_told_of_while_it_has_costs() -> None:
    reporter = hub(ran("888899990000/us-east-2"))
    assert "$0.75 this period" in sections(reporter.report())["888899990000/us-east-2"]


def test_a_region_with_a_ledger_of_its_own_is_a_place_of_the_account() -> None:
    reporter = hub()
    finding = Finding(state=FindingState.WARNED, since=NOW, reason="x", remedy="y")
    case = replace(open_case(notebook("x")), findings={"idle": finding})
    labels = CostLabels(owner="Ada")
    west = usage("x", 30, region="us-west-2", labels=labels)
    reporter.others = {"us-west-2": ledger(west, cases=(case,))}
    told = sections(reporter.report())
    assert "findings: 1 resource: x (idle warned)" in told["123456789012/us-west-2"]
    assert "$1.50 this period" in told["123456789012/us-west-2"]
    assert "findings" not in told["123456789012/us-east-2"]


def test_a_region_that_is_a_spoke_and_has_a_ledger_counts_once() -> None:
    here = "123456789012/eu-west-1"
    reporter = hub(ran(here))
    once = sections(reporter.report())[here]
    reporter.spokes = (*reporter.spokes, here)
    reporter.others = {"eu-west-1": ledger(usage("x", 30, region="eu-west-1"))}
    assert "$7.50 this period" in once
    assert "$7.50 this period" in sections(reporter.report())[here]
    assert "take it out of OtherLedgers" in " ".join(reporter.text.split())


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_the_section_the_page_or_the_file(name: str) -> None:
    reporter = hub(ran(THERE, f"x{name}", runs=True, labels=CostLabels(owner=name)))
    assert len(sections(reporter.report())) == 4
    assert "<script>alert" not in reporter.page
    (file,) = (text for key, text in reporter.files.items() if key.endswith("accounts.csv"))
    assert file.count("\n") == 5
    assert not re.search(r'(^|,)"?=HYPERLINK', file)


def test_the_file_has_a_line_for_each_place() -> None:
    reporter = hub(ran(THERE), ran(THERE, runs=True, groups=(InstanceGroup("ml.x9.huge", 1),)))
    reporter.guard_marks.mark_time(UNREAD.format(WEST), NOW)
    reporter.report()
    (key,) = (key for key in reporter.files if key.endswith("accounts.csv"))
    assert "Every account and Region, as CSV: https://" in reporter.text
    lines = reporter.files[key].splitlines()
    assert lines[2] == "222233334444,,eu-west-1,7.50,7.50,1,0.00,1,0,0,"
    assert lines[4].endswith(",Mon 23 Nov 2026 13:00 UTC")


class Asked:
    """Cost Explorer's answer, and what it was asked for."""

    def __init__(self) -> None:
        self.of: list[tuple[Any, ...]] = []

    def __call__(self, _tag: str, _since: Any, _until: Any, *of: Any) -> CostExplorerAnswer:
        self.of.append(of)
        return days({(T3_LINE, "Project$"): "9"})


@pytest.mark.parametrize(
    ("shown", "says", "metered"),
    [
        (
            ("123456789012",),
            "of 123456789012; NOT of 222233334444, 555566667777: Cost Explorer shows no cost",
            "$0.00  metered",
        ),
        (
            ("222233334444", "123456789012", "999900001111"),
            "of 123456789012, 222233334444; NOT of 555566667777",
            "$27.50  metered",
        ),
        (
            ("123456789012", "222233334444", "555566667777"),
            "of 123456789012, 222233334444, 555566667777\n",
            "$27.50  metered",
        ),
    ],
)
def test_the_bill_says_whose_it_is_and_is_set_beside_what_those_used(
    shown: tuple[str, ...], says: str, metered: str
) -> None:
    reporter, asked = hub(ran(HERE, hours=100), ran(THERE, hours=100)), Asked()
    reporter.shown, reporter.ask = shown, asked
    said = reporter.report()
    assert says in said
    assert metered in said
    assert "asking cost $0.02 (2 calls at $0.01)" in said
    guarded = ("123456789012", "222233334444", "555566667777")
    here = ("us-east-2", "eu-west-1", "us-west-2")
    assert asked.of == [(here, tuple(each for each in guarded if each in shown))]


def test_a_bill_of_nobody_guarded_or_without_data_is_none() -> None:
    reporter = hub()
    reporter.shown = ("999900001111",)
    assert "BILL: not known. Cost Explorer shows no cost of SageMaker of these" in reporter.report()
    reporter.shown, reporter.answers = ("123456789012",), [days({})]
    assert "BILL: not known. Cost Explorer has no data" in reporter.report()
    reporter.shown = None
    assert "BILL: not known. Cost Explorer could not be asked: AccessDenied" in reporter.report()


def test_what_is_known_of_home_alone_says_so() -> None:
    reporter = hub()
    assert reporter.report().count("  of account 123456789012 alone") == 2
    single = FakeReporter()
    assert "alone" not in single.report()


def test_accounts_have_the_names_of_the_policy() -> None:
    rules = '[accounts."222233334444"]\nname = "<b>Physics"\n'
    reporter = hub(ran(THERE, runs=True), rules=rules)
    said = reporter.report()
    assert "ACCOUNT <b>Physics (222233334444, eu-west-1)\n" in said
    assert "DoeJohn-Try (Ada), 1 d 6 h, $15.00 so far, in <b>Physics (222233334444" in said
    assert "<b>Physics" not in reporter.page
    assert "Account &lt;b&gt;Physics (222233334444, eu-west-1)" in reporter.page
    (file,) = (text for key, text in reporter.files.items() if key.endswith("accounts.csv"))
    assert "222233334444,<b>Physics,eu-west-1," in file
    reporter.shown, reporter.ask = ("222233334444",), Asked()
    whose = "of <b>Physics (222233334444); NOT of 123456789012, 555566667777: Cost Explorer"
    assert whose in reporter.report()
