"""Budgets: who has used up what, by the calendar of the time zone, and what happens then."""

from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from costguard.app.budget_alerts import budget_alerts
from costguard.common.codec import decode, encode
from costguard.common.errors import PolicyInvalid
from costguard.costs.budget_limits import Budgets
from costguard.costs.budgets import (
    CostContext,
    SpendToDate,
    all_budget_statuses,
    budget_statuses,
    exhausted_at,
    sum_spend,
)
from costguard.costs.price_list import SOURCE
from costguard.costs.prices import LISTED_FOR, Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.ownership.directory import CostLabels
from costguard.policy.loader import parse_policy
from costguard.resources.model import InstanceGroup, Resource
from costguard.rules.base import PASS, EvaluationContext, Fail, Unknown
from costguard.rules.over_budget import RULE, check
from tests.factories import PEOPLE, notebook, on, policy, processing_job, published

CHICAGO = ZoneInfo("America/Chicago")
DOLLAR = Prices({("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal(1), SOURCE, "")})
JOHN = CostLabels(owner="John Doe", project="sinkorswim")
NOW = datetime(2026, 11, 11, 12, tzinfo=CHICAGO)


def ran(hours: float, ends: datetime = NOW, labels: CostLabels = JOHN) -> UsageSlice:
    usage = Usage(
        kind="notebook-instance",
        name="n",
        component="notebook",
        region="us-east-2",
        groups=(InstanceGroup("ml.t3.medium", 1),),
        start=ends - timedelta(hours=hours),
        end=ends,
        labels=labels,
    )
    return UsageSlice(usage, usage.start, ends)


def standing(*pieces: UsageSlice, now: datetime = NOW) -> SpendToDate:
    return decode(encode(sum_spend(pieces, DOLLAR, CHICAGO, now)), SpendToDate)


def ask(resource: Resource, budgets: Budgets, *pieces: UsageSlice, prices: Prices = DOLLAR) -> Any:
    money = CostContext(standing(*pieces), prices)
    return check(resource, budgets, EvaluationContext(now=NOW, directory=PEOPLE, money=money))


PROJECT = Budgets(per_project={"SinkOrSwim ": Decimal(100), "*": Decimal(10)})
OWNER = Budgets(per_owner={"*": Decimal(100)}, seven_days=50)


@pytest.mark.parametrize(
    ("budgets", "hours", "says"),
    [
        (PROJECT, 99, None),
        (PROJECT, 100, "the project sinkorswim has spent $100.00 of its $100.00 this month"),
        (OWNER, 49, None),
        (OWNER, 60, "the owner John Doe has spent $60.00 in seven days; $50.00 are allowed"),
    ],
)
def test_a_budget_fails_at_its_limit_or_at_the_ceiling_of_seven_days(
    budgets: Budgets, hours: float, says: str | None
) -> None:
    answer = ask(notebook(), budgets, ran(hours))
    assert answer is PASS if says is None else says in answer.reason


def test_the_month_turns_at_midnight_of_the_time_zone() -> None:
    turn = datetime(2026, 12, 1, tzinfo=CHICAGO)
    before = standing(ran(5, turn), now=turn - timedelta(seconds=1))
    after = standing(ran(5, turn), now=turn + timedelta(hours=1))
    assert (before.month, after.month) == ("2026-11", "2026-12")
    assert after.spent["project"] == {}
    assert after.week["project"] == {"sinkorswim": Decimal(5)}


def test_spending_the_month_twice_around_its_turn_meets_the_ceiling() -> None:
    turn = datetime(2026, 12, 1, tzinfo=CHICAGO)
    twice = standing(
        ran(90, turn), ran(20, turn + timedelta(hours=20)), now=turn + timedelta(days=1)
    )
    (budget,) = budget_statuses(PROJECT, twice, JOHN)
    assert (budget.spent, budget.week, budget.is_over) == (Decimal(20), Decimal(110), True)


def test_a_type_that_aws_lists_no_price_for_counts_as_over_any_budget() -> None:
    answer = ask(notebook(**on("ml.x9.huge")), PROJECT, prices=replace(DOLLAR, fetched=NOW))
    assert isinstance(answer, Fail)
    assert "no price is known for ml.x9.huge in us-east-2" in answer.reason


def test_before_aws_was_asked_for_prices_a_missing_one_is_a_gap_not_a_stop() -> None:
    answer = ask(notebook(**on("ml.x9.huge")), PROJECT)
    assert isinstance(answer, Unknown)
    assert answer.fact.startswith("the price of ml.x9.huge")


@pytest.mark.parametrize(
    "prices",
    [
        replace(DOLLAR, fetched=NOW - LISTED_FOR),  # of the day before yesterday
        replace(DOLLAR, fetched=NOW + timedelta(days=1)),  # of a clock that was wrong
    ],
)
def test_an_old_list_of_aws_does_not_say_what_is_missing_now(prices: Prices) -> None:
    answer = ask(notebook(**on("ml.x9.huge")), PROJECT, prices=prices)
    assert isinstance(answer, Unknown)
    assert answer.fact.startswith("the price of ml.x9.huge")


def test_a_kind_that_aws_lists_no_line_for_is_told_and_never_capped() -> None:
    asked = replace(DOLLAR, fetched=NOW)
    expected = Unknown("any price of a processing job in us-east-2")
    assert ask(processing_job(**on("ml.m5.large")), PROJECT, prices=asked) == expected
    ours = Prices(
        {("us-east-2", "processing", "ml.m5.xlarge"): Price(Decimal(1), "our own table", "")},
        NOW,
    )
    assert ask(processing_job(**on("ml.m5.large")), PROJECT, prices=ours) == expected


def test_a_region_without_any_price_is_a_gap_not_a_stop() -> None:
    assert ask(notebook(), PROJECT, prices=Prices()) == Unknown("any price in us-east-2")


def test_a_budget_that_lasts_has_no_day_of_exhaustion() -> None:
    quick, slow, none = (standing(*p) for p in ([ran(50)], [ran(1)], []))
    (budget,) = budget_statuses(PROJECT, quick, JOHN)
    end = exhausted_at(budget, quick)
    assert end is not None
    assert end.astimezone(CHICAGO).date().isoformat() == "2026-11-22"
    assert exhausted_at(budget_statuses(PROJECT, slow, JOHN)[0], slow) is None
    assert exhausted_at(budget_statuses(PROJECT, none, JOHN)[0], none) is None
    assert exhausted_at(replace(budget, spent=Decimal(100)), quick) == NOW


def test_names_are_one_however_they_are_spelled() -> None:
    spelled = CostLabels(owner="john  doe", project="Sink-Or-Swim")
    told = standing(ran(2), ran(3, labels=spelled), ran(1, labels=CostLabels()))
    assert told.spent["owner"] == {"doe john": Decimal(5)}
    assert [u.spent for u in all_budget_statuses(PROJECT, told)] == [Decimal(5)]


def test_a_budget_of_nothing_is_used_up() -> None:
    (budget,) = all_budget_statuses(Budgets(per_owner={"*": Decimal(0)}), standing(ran(1)))
    assert (budget.percent, budget.is_over) == (100, True)


def notices(budgets: str, *pieces: UsageSlice) -> list[Any]:
    rules = policy()
    settings = parse_policy(f"[rules.over-budget]\n{budgets}").rules
    rules = replace(rules, rules=settings)
    told = budget_alerts(standing(*pieces), rules, ("123456789012", "us-east-2"), now=NOW)
    return [published(notice) for _, notice in told]


def test_at_eighty_percent_the_owner_hears_the_projected_day() -> None:
    (told,) = notices('per_owner = { "*" = 100 }', ran(80))
    assert (told.owner["email"], told.stage) == ("john.doe@example.org", "budget")
    assert told.resource["name"] == "owner John Doe"
    assert "has used 80 % of this month's budget: $80.00 of $100.00" in told.reason
    assert "used up on Sat 14 Nov" in told.reason


def test_a_project_is_told_to_the_contact_also_when_it_is_used_up() -> None:
    (told,) = notices("per_project = { sinkorswim = 100 }", ran(120))
    assert told.owner["email"] == "admins@example.org"
    assert "It is used up now." in told.reason


def test_a_late_eighty_percent_says_that_it_lasts() -> None:
    late = datetime(2026, 11, 30, 12, tzinfo=CHICAGO)
    told = sum_spend([ran(80, late)], DOLLAR, CHICAGO, late)
    rules = replace(
        policy(), rules=parse_policy("[rules.over-budget]\nper_owner = { '*' = 99.5 }").rules
    )
    ((word, notice),) = budget_alerts(told, rules, ("1", "us-east-2"), now=late)
    assert word == "budget owner John Doe 2026-11"
    assert "it lasts until the month ends" in published(notice).reason


def test_below_eighty_percent_nobody_hears() -> None:
    assert notices("per_project = { sinkorswim = 100 }", ran(79)) == []


def test_an_amount_in_the_policy_is_exact_and_a_wrong_one_is_refused() -> None:
    settings = parse_policy("[rules.over-budget]\nper_owner = { Ada = 0.1, Bob = 3 }").budgets
    assert settings.per_owner == {"Ada": Decimal("0.1"), "Bob": Decimal(3)}
    assert parse_policy("[rules.naming]").budgets == RULE.options
    bad = "[rules.over-budget]\nper_owner = { Ada = -1, Bob = 'much', Cyd = true, Dan = inf }"
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(bad)
    assert len(caught.value.problems) == 4
    assert "expected USD, zero or more" in caught.value.problems[0]
