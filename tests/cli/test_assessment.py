"""Assessments from the guard's own plan: outcomes, owners, costs."""

from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.prices import Price, Prices
from costguard.enforcement.case import FindingState
from costguard.policy.model import Mode, Policy, RuleSettings
from costguard.resources.activity import Activity
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES
from costguard_cli.analysis.assessment import (
    AssessedResource,
    AssessmentOutcome,
    assess_fleet,
    by_owner,
    of_rule,
    total_cost,
)
from costguard_cli.analysis.next_step import next_step
from tests.factories import (
    GOOD_TAGS,
    at,
    case,
    heard_ledger,
    mark,
    notebook,
    on,
    policy,
    processing_job,
    training_job,
    with_rule,
)

PRICES = Prices(
    {
        ("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal("0.05"), "a list", "2026"),
        ("us-east-2", "training", "ml.p3.2xlarge"): Price(Decimal("3.825"), "a list", "2026"),
    }
)
BIG = training_job("big", **on("ml.p3.2xlarge"))
BARE = notebook("RoeJane-Baseline", tags={})


def one(resource: Resource, given: Policy | None = None, **more: Any) -> AssessedResource:
    [row] = assess_fleet([resource], given or policy(), PRICES, now=at(1), **more)
    return row


def known(resource: Resource, **changes: Any) -> dict[str, Any]:
    return {"ledger": heard_ledger({resource.ref.key: case(resource, **changes)})}


@pytest.mark.parametrize(
    ("resource", "mode", "expected"),
    [
        (notebook(), Mode.ENFORCE, AssessmentOutcome.FINE),
        (BARE, Mode.ENFORCE, AssessmentOutcome.WARN),
        (BARE, Mode.WARN, AssessmentOutcome.TELL),
        (BARE, Mode.OBSERVE, AssessmentOutcome.OBSERVE),
        (BIG, Mode.ENFORCE, AssessmentOutcome.STOP),
        (BIG, Mode.WARN, AssessmentOutcome.TELL),
        (notebook(tags=None), Mode.ENFORCE, AssessmentOutcome.CANNOT_TELL),
        (processing_job(groups=None, instances=None), Mode.ENFORCE, AssessmentOutcome.CANNOT_TELL),
        (notebook(status=ResourceStatus.STOPPING), Mode.ENFORCE, AssessmentOutcome.STOPPING),
        (notebook(status=ResourceStatus.STOPPED), Mode.ENFORCE, AssessmentOutcome.FINE),
    ],
)
def test_an_outcome_is_what_the_plan_says(
    resource: Resource, mode: Mode, expected: AssessmentOutcome
) -> None:
    row = one(resource, policy(mode=mode))
    assert row.outcome is expected
    assert next_step(row, policy(mode=mode), at(1)).endswith(".")


def test_a_warning_says_when_the_stop_comes() -> None:
    row = one(BARE)
    assert row.when == at(5)
    assert "is warned by the next sweep" in next_step(row, policy(), at(1))


def test_a_warning_in_the_ledger_keeps_its_deadline() -> None:
    marks = {"missing-tags": mark(FindingState.WARNED, at(2))}
    row = one(BARE, **known(BARE, findings=marks))
    assert (row.outcome, row.when) == (AssessmentOutcome.WARN, at(2))
    assert "was warned" in next_step(row, policy(), at(1))


def test_a_deadline_that_has_passed_is_a_stop() -> None:
    marks = {"missing-tags": mark(FindingState.WARNED, at(0.5), since=at(-3.5))}
    assert one(BARE, **known(BARE, findings=marks)).outcome is AssessmentOutcome.STOP


def test_what_is_fixed_gets_its_all_clear() -> None:
    marks = {"missing-tags": mark(FindingState.WARNED, at(2))}
    row = one(notebook(), **known(notebook(), findings=marks))
    assert "all clear" in next_step(row, policy(), at(1))


def test_a_stop_that_was_asked_for_is_under_way() -> None:
    asked = known(
        BIG, stopping=at(1), asked=at(1), findings={"instance-type": mark(FindingState.STOPPED)}
    )
    assert one(BIG, **asked).outcome is AssessmentOutcome.STOPPING


def test_more_stops_than_allowed_are_all_held_back() -> None:
    fleet = [replace(BIG, name=f"big-{n}", arn=f"{BIG.arn}-{n}") for n in range(4)]
    rows = assess_fleet(fleet, policy(), PRICES, now=at(1))
    assert {row.outcome for row in rows} == {AssessmentOutcome.HELD_BACK}


def test_an_exempt_resource_is_fine() -> None:
    until = '[[exemptions]]\nnames=["big"]\nwhy="x"\nby="y"\nuntil=2026-12-01T00:00:00Z\n'
    assert one(BIG, policy(until)).outcome is AssessmentOutcome.FINE


def test_the_gravest_and_dearest_comes_first() -> None:
    rows = assess_fleet([notebook(), BARE, BIG], policy(), PRICES, now=at(1))
    assert [row.resource.name for row in rows] == ["big", BARE.name, notebook().name]


def test_what_is_at_stake_counts_the_unpriced_apart() -> None:
    rows = assess_fleet([BIG, BARE, training_job("x", tags={})], policy(), PRICES, now=at(1))
    total = total_cost(row for row in rows if row.evaluation.violations)
    assert (total.count, total.usd_per_hour, total.unpriced) == (3, Decimal("3.875"), 1)


def test_owners_are_ordered_by_what_they_cost() -> None:
    nobodys = notebook("x", tags={})
    rows = assess_fleet([BARE, BIG, nobodys], policy(), PRICES, now=at(1))
    assert list(by_owner(rows)) == ["John Doe", "", "Jane Roe"]


def test_a_rule_is_counted_where_it_fails_and_where_it_cannot_tell() -> None:
    blind = notebook("DoeJohn-Blind", tags=None)
    fails, unclear = of_rule(
        assess_fleet([BARE, blind], policy(), PRICES, now=at(1)), "missing-tags"
    )
    assert ([r.resource for r in fails], [r.resource for r in unclear]) == ([BARE], [blind])


def test_what_one_owner_runs_is_counted_over_the_whole_fleet() -> None:
    second = notebook("DoeJohn-Second", started=at(0.5))
    capped = with_rule(policy(), "too-many", per_owner=1)
    rows = assess_fleet([notebook(), second], capped, PRICES, now=at(1))
    assert [r.resource for r in of_rule(rows, "too-many")[0]] == [second]


def test_two_surveys_of_the_same_are_the_same() -> None:
    fleet = [notebook(tags=GOOD_TAGS | {"Project": "nope"}), BIG, BARE]
    backwards = assess_fleet(fleet[::-1], policy(), PRICES, now=at(1))
    assert backwards == assess_fleet(fleet, policy(), PRICES, now=at(1))


def test_before_its_end_a_warning_counts_the_hours() -> None:
    assert "in 4 h" in next_step(one(BARE), policy(), at(1))


def test_a_stop_whose_time_has_come_and_that_waits_says_for_what() -> None:
    warned = {"missing-tags": mark(FindingState.WARNED, at(0.5))}
    row = replace(one(BARE, **known(BARE, findings=warned)), when=at(0.5))
    assert "not every recipient" in next_step(row, policy(), at(1))
    unasked = notebook(activity=Activity(unasked=True), started=at(-1))
    idle = replace(policy(), rules={"idle": RuleSettings(options=RULES["idle"].options)})
    waiting = {"idle": mark(FindingState.WARNED, at(0.5))}
    row = one(unasked, idle, **known(unasked, findings=waiting))
    assert (row.outcome, row.when) == (AssessmentOutcome.WARN, at(0.5))
    assert "asks its Jupyter" in next_step(row, idle, at(1))
