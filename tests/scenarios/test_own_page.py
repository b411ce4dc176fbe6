"""A person's own page: what they run, and nothing of anybody else."""

import re
from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.budgets import BY_WORDS, SpendToDate
from costguard.costs.course_spend import CourseSpend
from costguard.costs.prices import Prices
from costguard.costs.pricing import ZERO
from costguard.ownership.kept_roster import kept_roster
from costguard.ownership.roster_file import read_roster
from costguard.policy.loader import parse_policy
from costguard.policy.rosters import with_rosters
from costguard.reports.answer_page import no_link_page
from tests.factories import GOOD_TAGS, at, notebook, policy
from tests.scenarios.account import Account
from tests.scenarios.test_respond import priced
from tests.scenarios.visits import forms_of, look, own_link, press

NO_LINK = no_link_page()["body"]
MINE, THEIRS = "DoeJohn-ExploreSageMaker", "RoeJane-Train"
GOOD = "DoeJohn-Good"
COURSE = """
[[courses]]
name = "CS229"
roster = "cs229.csv"
start = 2026-11-01
end = 2026-12-10
per_student = 40
budget = 1000
"""


def account(extra: str = "", *more: Any) -> Account:
    found = (
        notebook(MINE, tags={"Name": "John Doe"}),
        notebook(THEIRS, tags={"Name": "Jane Roe"}),
        notebook(GOOD, tags=GOOD_TAGS),
    )
    guard = Account(policy(extra), *found, *more)
    guard.prices = priced(t3_medium="0.05")
    guard.sweep(at(0))
    return guard


def spent(usd: str, **courses: CourseSpend) -> SpendToDate:
    sums = {"owner": {"doe john": Decimal(usd)}, "project": dict[str, Decimal]()}
    return SpendToDate(
        time=at(0),
        month="2026-11",
        begun=at(-500),
        ends=at(200),
        spent=sums,
        week=sums,
        names={"doe john": "John Doe"} | BY_WORDS,
        courses=courses,
    )


def test_a_person_sees_what_they_run_what_it_costs_and_what_is_due() -> None:
    guard = account()
    page = look(guard, own_link(guard, "johndoe", at(0)), at(0.5))
    assert (MINE in page, GOOD in page, THEIRS in page, "Jane" in page) == (
        True,
        True,
        False,
        False,
    )
    assert "<dt>Now, an hour</dt><dd>$0.10</dd>" in page
    assert "12:00 CST (in 3 h 30 min), or later" in page
    assert "nothing is due" in page
    assert forms_of(page) == []


def test_the_months_spend_stands_beside_the_budget_and_the_course() -> None:
    guard = account(COURSE)
    limits = parse_policy("[rules.over-budget]\nper_owner = { '*' = 60 }").rules
    guard.policy = replace(guard.policy, rules={**guard.policy.rules, **limits})
    roster = read_roster(b"name,email,role\nJohn Doe,john.doe@example.org,student\n")
    kept = kept_roster(roster, "1", None, now=at(0))
    guard.policy = with_rosters(guard.policy, {"cs229.csv": kept.members})
    share = CourseSpend(spent=Decimal(30), shares={"doe john": Decimal(10)})
    guard.meter.spent = spent("12.5", CS229=share)
    page = look(guard, own_link(guard, "johndoe", at(0)), at(0.5))
    assert "<dt>This month</dt><dd>$12.50</dd>" in page
    assert "Your budget of the month" in page
    assert "$12.50 of $60.00 (20 %)" in page
    assert "Your share of the course" in page
    assert "$10.00 of $40.00 (25 %)" in page
    assert "Budget of course CS229" in page
    assert "days behind an even pace" in page


@pytest.mark.parametrize(
    ("share", "says"),
    [("22.5", "as planned"), ("39", "16 days ahead of an even pace")],
)
def test_the_pace_is_in_whole_days(share: str, says: str) -> None:
    guard = account(COURSE)
    roster = read_roster(b"name,email,role\nJohn Doe,john.doe@example.org,student\n")
    jane = replace(roster[0], name="Jane Roe", email="jane.roe@example.org")
    kept = kept_roster((*roster, jane), "1", None, now=at(0))
    guard.policy = with_rosters(guard.policy, {"cs229.csv": kept.members})
    guard.meter.spent = spent("1", CS229=CourseSpend(shares={"doe john": Decimal(share)}))
    assert says in look(guard, own_link(guard, "johndoe", at(0)), at(0.5))


def test_two_who_cannot_be_told_apart_are_shown_nothing() -> None:
    guard = account()
    [john, *others] = guard.policy.people
    guard.policy = replace(guard.policy, people=(john, replace(john, slack="U0OTHER"), *others))
    page = look(guard, own_link(guard, "john.doe@example.org", at(0)), at(0.5))
    assert "You run nothing now." in page


def test_what_is_not_known_is_said() -> None:
    guard = account()
    guard.prices = Prices()
    page = look(guard, own_link(guard, "johndoe", at(0)), at(0.5))
    assert "$0.00, and 2 resources whose price is not known" in page
    assert "not summed up yet" in page


def test_who_runs_nothing_reads_that() -> None:
    guard = account()
    guard.meter.rows.clear()
    guard.meter.spent = replace(spent("1"), spent={"owner": {}, "project": {}})
    page = look(guard, own_link(guard, "johndoe", at(0)), at(0.5))
    assert "You run nothing now." in page
    assert f"<dd>${ZERO}.00</dd>" in page


def test_each_answer_is_on_the_page_of_its_resource_and_needs_the_name() -> None:
    guard = account()
    path = own_link(guard, "johndoe", at(0))
    [part] = re.findall(r'href="([^"]+)"', look(guard, path, at(0.1)))
    address = f"/{part}"
    assert address.startswith(f"{path}/")
    page = look(guard, address, at(0.1))
    assert [form["action"] for form in forms_of(page)] == ["fix", "stop", "not-mine", "ask"]
    assert press(guard, address, at(0.1), "stop")[0] == 409
    assert press(guard, address, at(0.1), "page")[0] == 400  # it has one already
    assert press(guard, address, at(0.1), "stop", **{"typed-name": MINE})[0] == 200
    assert guard.stopped == [MINE]


@pytest.mark.parametrize("part", ["0" * 16, "../x", "x", "a" * 2000, "A" * 16])
def test_an_address_that_no_page_gave_leads_nowhere(part: str) -> None:
    guard = account()
    path = own_link(guard, "johndoe", at(0))
    assert look(guard, f"{path}/{part}", at(0.1)) == NO_LINK
    assert press(guard, f"{path}/{part}", at(0.1), "keep")[0] == 404
    assert press(guard, path, at(0.1), "keep")[0] == 404
    assert all(len(each) < 200 for each in guard.links.presses)


def test_the_page_of_another_is_not_reached_by_ones_own_link() -> None:
    guard = account()
    [theirs] = re.findall(
        r'href="\w+(/[^"]+)"', look(guard, own_link(guard, "janeroe", at(0)), at(0.1))
    )
    assert look(guard, own_link(guard, "johndoe", at(0)) + theirs, at(0.1)) == NO_LINK


@pytest.mark.parametrize("when", [1, 1.5, 30])
def test_after_an_hour_it_is_over(when: float) -> None:
    guard = account()
    path = own_link(guard, "johndoe", at(0))
    assert look(guard, path, at(0.99)) != NO_LINK
    assert look(guard, path, at(when)) == NO_LINK


def test_who_left_the_roster_has_no_page() -> None:
    guard = account()
    path = own_link(guard, "johndoe", at(0))
    guard.policy = replace(guard.policy, people=guard.policy.people[1:])
    assert look(guard, path, at(0.1)) == NO_LINK
    assert look(guard, f"{path}/{'0' * 16}", at(0.1)) == NO_LINK
