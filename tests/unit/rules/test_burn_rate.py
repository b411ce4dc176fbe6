"""What an owner's resources cost an hour, and the cap on it."""

from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from costguard.costs.budgets import CostContext
from costguard.costs.components import Components
from costguard.costs.price_list import SOURCE
from costguard.costs.prices import Price, Prices
from costguard.ownership.fleet import Fleet
from costguard.resources.model import InstanceGroup, Resource
from costguard.resources.registry import KINDS
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Unknown
from costguard.rules.burn_rate import Options, check
from tests.factories import PEOPLE, at, notebook, on, training_job, tuning_job

DIME = Prices({("us-east-2", "training", "ml.m5.large"): Price(Decimal("0.10"), SOURCE, "")})
ASKED = replace(DIME, fetched=at(0))
NEW_TYPE = training_job("new", started=at(5), **on("ml.x9.huge"))


def jobs(number: int, **changes: Any) -> tuple[Resource, ...]:
    return tuple(training_job(f"job-{n}", started=at(n / 10), **changes) for n in range(number))


def ask(resource: Resource, *others: Resource, prices: Prices = DIME) -> Any:
    fleet = Fleet((*others, resource), PEOPLE)
    context = EvaluationContext(
        now=at(9), directory=PEOPLE, fleet=fleet, money=CostContext(None, prices)
    )
    return check(resource, Options(per_owner=Decimal("0.30")), context)


def test_as_much_as_allowed_may_run() -> None:
    *others, third = jobs(3)
    assert ask(third, *others) is PASS


def test_many_small_instances_add_up_and_the_newest_is_one_too_many() -> None:
    first, *others, fourth = jobs(4)
    answer = ask(fourth, first, *others)
    assert "John Doe runs, up to this one, costs $0.40 an hour; one person may run $0.30" in (
        answer.reason
    )
    assert ask(first, *others, fourth) is PASS


def test_what_belongs_to_others_or_to_nobody_does_not_add_up() -> None:
    *others, fourth = jobs(4, tags={})
    assert ask(fourth, *others) is PASS
    [mine] = jobs(1)
    assert ask(mine, *jobs(3, tags={"Name": "Jane Roe"})) is PASS


def test_a_price_that_aws_was_asked_for_and_does_not_list_is_over_any_cap() -> None:
    answer = ask(NEW_TYPE, prices=ASKED)
    assert isinstance(answer, Fail)
    assert "no price is known for ml.x9.huge in us-east-2, so it counts as over any cap" in (
        answer.reason
    )


@pytest.mark.parametrize(
    ("resource", "prices"),
    [
        (NEW_TYPE, DIME),  # AWS was not asked yet
        (NEW_TYPE, Prices()),  # a region without any price
        (training_job(groups=None, instances=None), ASKED),
        (training_job(**on("ml.m5.large", count=None)), ASKED),
    ],
)
def test_what_only_we_do_not_know_stops_nothing(resource: Resource, prices: Prices) -> None:
    assert isinstance(ask(resource, prices=prices), Unknown)


def test_an_unknown_price_of_another_is_no_fault_of_this_one() -> None:
    *others, third = jobs(3)
    assert ask(third, *others, replace(NEW_TYPE, started=at(0)), prices=ASKED) is PASS


def test_without_a_look_at_the_fleet_or_at_prices_only_a_sweep_can_tell() -> None:
    options, context = Options(per_owner=Decimal(1)), EvaluationContext(now=at(9), directory=PEOPLE)
    assert check(notebook(), options, context) is NEEDS_FLEET
    assert (
        check(notebook(), options, replace(context, fleet=Fleet((notebook(),), PEOPLE)))
        is NEEDS_FLEET
    )


def test_the_definitions_of_a_tuning_job_share_what_runs_at_once() -> None:
    both = (InstanceGroup("ml.m5.large", 3), InstanceGroup("ml.m5.large", 3, 1))
    job = tuning_job(groups=both, instances=3, max_runtime=timedelta(hours=1))
    assert ask(job) is PASS
    many = (InstanceGroup("ml.m5.large", 3), InstanceGroup("ml.m5.large", 4, 1))
    answer = ask(replace(job, groups=many))
    assert "John Doe runs, up to this one, may cost up to $0.40 an hour" in answer.reason


def test_what_waits_for_instances_is_in_no_sum() -> None:
    five = jobs(5, waits=True)
    assert [ask(each, *five) for each in five] == [PASS] * 5
    assert ask(*jobs(1), *five) is PASS


def test_a_kind_whose_billing_nobody_wrote_down_is_our_gap_and_stops_nothing() -> None:
    kinds = {"training-job": structs.replace(KINDS["training-job"], billing=())}
    prices = replace(ASKED, components=Components(kinds))
    assert ask(NEW_TYPE, prices=prices) == Unknown("what a training job costs")
