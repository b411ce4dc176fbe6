"""What courses cost: in class and outside, of each person, while she is in the course."""

from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from costguard.app.budget_alerts import budget_alerts
from costguard.common.codec import decode, encode
from costguard.costs.budgets import CostContext, SpendToDate, exhausted_at, sum_spend
from costguard.costs.course_budgets import course_budgets, days_ahead, seat_budgets
from costguard.costs.course_spend import CourseMeter, CourseSpend, CourseTally
from costguard.costs.price_list import SOURCE
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.ownership.directory import CostLabels
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import InstanceGroup
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail
from costguard.rules.over_budget import RULE, check
from tests.factories import notebook

CHICAGO = ZoneInfo("America/Chicago")
DOLLAR = Prices(
    {
        ("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal(1), SOURCE, ""),
        ("us-east-2", "notebook-volume", "GB-month"): Price(Decimal(73), SOURCE, ""),
    }
)
COURSE = """
timezone = "America/Chicago"
[[courses]]
name = "CS229"
start = 2027-01-11
end = 2027-03-21
budget = 100
per_student = 10
[[courses.class_hours]]
days = ["tue", "thu"]
hours = "14:00-16:00"
[[courses.people]]
name = "Rosa Kane"
email = "rosa@uni.edu"
[[courses.people]]
name = "Tia Aide"
email = "tia@uni.edu"
role = "staff"
[[courses.people]]
name = "Li Wei"
email = "li@uni.edu"
left = 2027-01-20T06:00:00Z
[rules.over-budget]
"""
POLICY = parse_policy(COURSE)


def on(month: int, day: int, hour: int = 0) -> datetime:
    """Tell a time in Chicago."""
    return datetime(2027, month, day, hour, tzinfo=CHICAGO)


def ran(
    begin: datetime, hours: float, owner: str = "Rosa Kane", project: str = "", **changes: Any
) -> UsageSlice:
    known: dict[str, Any] = {
        "kind": "notebook-instance",
        "name": "n",
        "component": "notebook",
        "region": "us-east-2",
        "groups": (InstanceGroup("ml.t3.medium", 1),),
        "end": begin + timedelta(hours=hours),
    }
    labels = CostLabels(owner=owner, project=project)
    usage = Usage(**known | {"start": begin, "labels": labels} | changes)
    return UsageSlice(usage, begin - timedelta(days=1), begin + timedelta(hours=hours, days=1))


def tally(*pieces: UsageSlice, policy: Policy = POLICY) -> CourseTally:
    meter = CourseMeter(policy.directory.seats, policy.courses, DOLLAR)
    for each in pieces:
        meter.add(each)
    return meter.tallies["CS229"]


def spend(*pieces: UsageSlice, now: datetime) -> SpendToDate:
    meter = CourseMeter(POLICY.directory.seats, POLICY.courses, DOLLAR)
    return decode(encode(sum_spend(pieces, DOLLAR, CHICAGO, now, meter)), SpendToDate)


def test_hours_of_class_are_the_courses() -> None:
    found = tally(ran(on(1, 12, 13), 4))
    rosa = found.people["kane rosa"]
    assert [rosa.usd, rosa.usd_in_class] == [Decimal(2), Decimal(2)]
    assert (rosa.time, rosa.time_in_class) == (timedelta(hours=2), timedelta(hours=2))
    assert [found.spent, found.in_class] == [Decimal(4), Decimal(2)]
    assert found.spend == CourseSpend(
        spent=Decimal(4), in_class=Decimal(2), shares={"kane rosa": Decimal(2)}
    )


def test_a_disk_costs_money_and_no_hours() -> None:
    disk = ran(on(1, 13), 10, component="notebook-volume", groups=(), volume_gb=10)
    rosa = tally(disk).people["kane rosa"]
    assert (rosa.usd, rosa.time) == (Decimal(10), timedelta())


@pytest.mark.parametrize(
    ("piece", "usd"),
    [
        (ran(on(1, 10, 22), 4), 2),  # two hours before the course
        (ran(on(3, 21, 22), 4), 2),  # two hours after it
        (ran(on(1, 19, 22), 4, "Li Wei"), 2),  # left in between
        (ran(on(2, 1), 4, "Li Wei"), 0),
        (ran(on(2, 1), 4, "Ann Lee"), 0),
        (ran(on(2, 1), 4, "Rosa Kane (not confirmed)"), 0),
        (ran(on(2, 1), 4, ""), 0),
        (ran(on(2, 1), 4, end=None), 28),  # it goes on
        (UsageSlice(ran(on(2, 1), 4).usage, on(2, 3), on(2, 4)), 0),
    ],
)
def test_usage_counts_while_its_owner_is_in_the_course(piece: UsageSlice, usd: int) -> None:
    assert tally(piece).spent == Decimal(usd)


def test_what_has_no_price_is_said() -> None:
    odd = ran(on(2, 1), 4, groups=(InstanceGroup("ml.new.large", 1),))
    assert tally(odd).unpriced == {"ml.new.large notebook in us-east-2"}


def test_a_course_that_is_over_is_not_added_up() -> None:
    meter = CourseMeter(POLICY.directory.seats, (), DOLLAR)
    meter.add(ran(on(2, 1), 4))
    assert meter.spend == {}


MANY = [ran(on(1, 13), 24, owner) for owner in ("Rosa Kane", "Tia Aide")]


def ask(now: datetime, *pieces: UsageSlice, name: str = "KaneRosa-Explore") -> Any:
    money = CostContext(spend(*pieces, now=now), DOLLAR) if pieces else None
    ctx = EvaluationContext(now=now, directory=POLICY.directory, money=money)
    return check(notebook(name, tags={}), POLICY.budgets, ctx)


def test_a_share_that_is_used_up_fails_outside_class_only() -> None:
    found = ask(on(1, 14, 12), *MANY)
    assert isinstance(found, Fail)
    assert found.reason == (
        "the student Rosa Kane has spent $24.00 outside class of $10.00 in CS229, until the "
        "course ends on 21 Mar 2027"
    )
    assert "before the course ends" in found.remedy
    assert ask(on(1, 14, 15), *MANY) is PASS
    assert ask(on(1, 14, 12), *MANY, name="AideTia-Explore") is PASS
    assert ask(on(4, 14, 12), *MANY) is PASS
    assert ask(on(1, 14, 12)) is NEEDS_FLEET


def test_the_budget_of_the_course_is_everybodys() -> None:
    found = ask(on(1, 19, 15), ran(on(1, 13), 100, "Tia Aide"))
    assert isinstance(found, Fail)
    assert found.reason.startswith("the course CS229 has spent $100.00 of $100.00, until")
    assert isinstance(ask(on(1, 19, 15), ran(on(1, 13), 100), name="AideTia-Explore"), Fail)


def test_nobody_is_judged_who_is_not_charged() -> None:
    two = '[[courses.people]]\nname = "Kane Rosa"\nemail = "other@uni.edu"\n[rules.over-budget]'
    given = parse_policy(COURSE.replace("[rules.over-budget]", two))
    money = CostContext(spend(*MANY, now=on(1, 14, 12)), DOLLAR)
    ctx = EvaluationContext(now=on(1, 14, 12), directory=given.directory, money=money)
    assert check(notebook("KaneRosa-Explore", tags={}), given.budgets, ctx) is PASS


def test_the_rule_sums_people_where_a_course_has_a_budget() -> None:
    assert POLICY.summing_rules == (RULE.id,)
    free = COURSE.replace("budget = 100\nper_student = 10\n", "")
    assert parse_policy(free).summing_rules == ()


def test_the_pace_is_said_in_days_of_the_plan() -> None:
    now = on(1, 21)
    spent = spend(ran(on(1, 13), 7), now=now)
    rosa, whole = course_budgets(POLICY.courses, POLICY.directory.seats, spent, now)
    assert (rosa.name, rosa.percent, days_ahead(rosa, now)) == ("Rosa Kane", 70, 38)
    assert (whole.name, whole.percent, days_ahead(whole, now)) == ("CS229", 7, -5)
    assert exhausted_at(rosa, spent) == on(1, 11) + timedelta(days=10) / 0.7
    assert exhausted_at(whole, spent) is None
    unspent = replace(spent, courses={})
    assert course_budgets(POLICY.courses, POLICY.directory.seats, unspent, now) == ()


def test_a_month_and_a_budget_of_nothing_have_no_pace() -> None:
    seat = POLICY.directory.seats.of("Rosa Kane", "", on(2, 1))
    assert seat
    free = replace(seat, course=replace(seat.course, budget=Decimal(0)))
    [status, _] = seat_budgets(free, "Rosa Kane", spend(now=on(2, 1)), CHICAGO, on(2, 1))
    assert (days_ahead(status, on(2, 1)), status.is_over) == (None, True)
    assert tuple(seat_budgets(None, "", spend(now=on(2, 1)), CHICAGO, on(2, 1))) == ()


def test_students_and_the_contact_hear_of_their_budgets() -> None:
    now = on(1, 14, 12)
    pieces = [ran(on(1, 13), 9), ran(on(1, 13), 40, "Tia Aide")]
    alerts = dict(budget_alerts(spend(*pieces, now=now), POLICY, ("1", "us-east-2"), now=now))
    share = alerts["budget student Rosa Kane CS229"]
    assert share.owner.email == "rosa@uni.edu"
    assert share.budget
    assert (share.budget.course, share.budget.percent) == ("CS229", 90)
    assert "budget course CS229 CS229" not in alerts


def test_a_standing_of_an_earlier_version_has_no_courses() -> None:
    earlier = encode(sum_spend((), DOLLAR, CHICAGO, on(2, 1)))
    assert "courses" not in earlier
    assert decode(earlier, SpendToDate).courses == {}
