"""Costs over hours: notices with the cost, stored usage, budgets that act."""

from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.costs.prices import Price, Prices
from costguard.ownership.directory import CostLabels
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import BillingFacts, InstanceGroup, ResourceStatus
from tests.factories import arn, at, notebook, policy, resource, training_job
from tests.fakes import Refused, override
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"
PRICES = Prices(
    {
        ("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal("0.05"), "a test", ""),
        ("us-east-2", "training", "ml.m5.large"): Price(Decimal("0.115"), "a test", ""),
    }
)


def account(*resources: Any, rules: Policy | None = None, prices: Prices = PRICES) -> Account:
    made = Account(rules or policy(), *resources)
    made.prices = prices
    return made


def budget(text: str) -> Policy:
    rules = parse_policy(f"[rules.over-budget]\ngrace = '0s'\n{text}").rules
    return replace(policy(), rules={**policy().rules, **rules})


def test_a_notice_says_what_its_resource_costs_and_has_cost() -> None:
    world = account(notebook(NAME, tags={}))
    world.event(NAME, at(2))
    assert world.notices[0].cost == {"usd_per_hour": 0.05, "usd_so_far": 0.1, "estimated": True}
    assert (
        "It costs $0.05 an hour while it runs; $0.10 so far in this run" in world.notices[0].reason
    )


def test_a_notice_without_a_price_says_so_and_claims_nothing() -> None:
    world = account(notebook(NAME, tags={}), prices=Prices())
    world.event(NAME, at(2))
    assert world.notices[0].cost == {"usd_per_hour": None, "usd_so_far": None, "estimated": True}
    assert "no price for ml.t3.medium in us-east-2" in world.notices[0].reason


def test_a_notice_about_instances_that_aws_chooses_says_from_and_to() -> None:
    groups = (InstanceGroup("ml.m5.large", 1), InstanceGroup("ml.m5.large", 2, 1))
    world = account(training_job("open", tags={}, groups=groups, instances=2))
    world.event("open", at(2))
    cost = {"usd_per_hour": 0.23, "usd_so_far": 0.23, "estimated": True}
    assert world.notices[0].cost == cost | {"usd_per_hour_least": 0.115}
    says = "It costs $0.12 to $0.23, by the instances that AWS chooses, an hour while it runs"
    assert says in world.notices[0].reason


def test_a_notice_about_a_job_that_waits_says_that_it_costs_nothing_yet() -> None:
    world = account(training_job("early", tags={}, started=None, waits=True))
    world.event("early", at(1))
    assert world.notices[0].cost["waits"] is True
    assert "It waits for instances and costs nothing yet; once it runs it costs $0.12 an hour" in (
        world.notices[0].reason
    )


def test_a_notice_about_a_prepaid_job_says_that_it_costs_no_more() -> None:
    world = account(training_job("plan", tags={}, billing=BillingFacts(prepaid=True)))
    world.event("plan", at(1))
    assert world.notices[0].cost["prepaid"] is True
    assert "A training plan that is paid in advance covers it" in world.notices[0].reason


def test_a_job_that_has_not_begun_has_cost_nothing() -> None:
    world = account(training_job("early", tags={}, started=None))
    world.event("early", at(1))
    assert world.notices[0].cost["usd_so_far"] == 0.0


def test_a_last_run_on_an_unpriced_type_has_no_known_cost() -> None:
    world = account(notebook(NAME))
    world.event(NAME, at(1))
    (row,) = world.usage.values()
    odd = (InstanceGroup("ml.x9.huge", 1),)
    world.usage["later"] = replace(row, start=at(1.5), end=at(1.6), groups=odd)
    world.change(NAME, tags={})
    world.event(NAME, at(2))
    assert world.notices[-1].cost["usd_so_far"] is None
    assert "how much so far is not known" in world.notices[-1].reason


def test_a_run_is_metered_from_its_events_and_a_deleted_one_ends() -> None:
    world = account(notebook(NAME))
    world.event(NAME, at(0))
    event = world.state_change_event(NAME, at(3))
    world.delete(NAME)

    assert watch(world.watch_ports, event, now=at(3)) == "gone"
    (row,) = world.usage.values()
    assert (row.start, row.end) == (at(0), at(3))
    assert row.labels == CostLabels(
        owner="John Doe", project="sinkorswim", purpose="explore SageMaker"
    )


def test_a_name_that_an_arn_lower_cases_ends_no_run() -> None:
    world = account(notebook(NAME))
    world.event(NAME, at(0))
    asked = {"resourceArn": world.named(NAME).arn.lower(), "tags": []}
    call = {"eventSource": "sagemaker.amazonaws.com", "eventName": "AddTags"}
    detail = call | {"requestParameters": asked}

    world.event(NAME, at(1), **{"detail-type": "AWS API Call via CloudTrail", "detail": detail})
    assert [row.end for row in world.usage.values()] == [None]


def test_a_sweep_opens_and_closes_what_events_never_told() -> None:
    world = account(notebook(NAME), training_job("job"))
    world.sweep(at(1))
    world.change(NAME, status=ResourceStatus.STOPPED, started=at(1.5))
    world.delete("job")
    world.sweep(at(2))
    ends = {row.name: row.end for row in world.usage.values()}
    assert ends == {NAME: at(1.5), "job": at(1)}


def test_the_children_of_a_tuning_job_are_metered_and_judged_through_it() -> None:
    parent = resource("hyper-parameter-tuning-job", "tune", instances=1)
    child = training_job("tune-001", parent=arn("hyper-parameter-tuning-job", "tune"))
    world = account(parent, child)
    world.event("tune-001", at(1))
    world.sweep(at(2))
    assert [row.name for row in world.usage.values()] == ["tune-001"]


def test_the_volumes_of_all_notebooks_are_metered_once_a_day() -> None:
    disk = BillingFacts(volume_gb=5)
    world = account(notebook("off", status=ResourceStatus.STOPPED, billing=disk), notebook(NAME))
    world.sweep(at(1))
    assert [row.end for row in world.usage.values() if row.component == "notebook-volume"] == [None]
    world.delete("off")
    world.sweep(at(2))
    world.sweep(at(25))
    (row,) = [row for row in world.usage.values() if row.component == "notebook-volume"]
    assert row.end == at(25)


def test_a_notebook_that_vanishes_while_it_is_looked_for_is_left_out() -> None:
    world = account(notebook("ghost", status=ResourceStatus.STOPPED))
    ports, nobody = world.sweep_ports, replace(notebook("ghost").ref, name="nobody")
    inventory = override(ports.inventory, with_volumes=lambda _place: [nobody])

    sweep(replace(ports, inventory=inventory), now=at(1))
    assert world.usage == {}


def test_over_budget_stops_a_new_job_at_once() -> None:
    world = account(notebook(NAME), rules=budget("per_project = { sinkorswim = 1 }"))
    world.sweep(at(1))
    assert world.new_notices() == []
    world.sweep(at(30))
    assert ("budget", "project sinkorswim") in world.new_notices()
    world.resources["training-job/new"] = training_job("new", started=at(30))
    assert world.event("new", at(30.1)) == "due"
    world.enforce()
    assert world.stopped[-1] == "new"


def test_what_was_spent_long_ago_is_not_known_and_stops_nothing() -> None:
    world = account(notebook(NAME), rules=budget("per_project = { sinkorswim = 1 }"))
    assert world.event(NAME, at(1)) == "looked"
    world.sweep(at(30))
    world.stopped.clear()
    world.resources["training-job/new"] = training_job("new", started=at(40))
    assert world.event("new", at(40)) == "looked"


def test_a_budget_is_told_once_a_month_and_summed_up_once_an_hour() -> None:
    world = account(notebook(NAME), rules=budget("per_project = { sinkorswim = 1.4 }"))
    for hours in (24, 24.1, 25.5, 27):
        world.sweep(at(hours))
    assert [n.stage for n in world.notices if n.resource["kind"] == "budget"] == ["budget"]
    assert world.counted.count({"BudgetAlertsSent": 1}) == 1
    assert world.spend is not None
    assert world.spend.time == at(27)


def test_a_meter_that_fails_is_raised_after_everything_else() -> None:
    world = account(notebook(NAME, tags={}))

    def refuse(*_: object) -> None:
        raise Refused("throttled")

    ports = world.sweep_ports
    with pytest.raises(ExceptionGroup):
        sweep(replace(ports, usage=override(ports.usage, save=refuse)), now=at(1))
    assert world.new_notices() == [("warning", NAME)]


def test_a_warm_pool_whose_job_nobody_metered_is_metered_with_it() -> None:
    ended = BillingFacts(ended=at(1), retaining=True)
    job = training_job("warm", status=ResourceStatus.STOPPED, started=at(0.5), billing=ended)
    pool = resource(
        "training-warm-pool", "warm", belongs_to=job.arn, started=at(1), max_runtime=None
    )
    world = account(pool)
    sweep(world.sweep_ports, now=at(2))
    assert not [row for row in world.usage.values() if row.component == "training-warm-pool"]
    world.resources[job.ref.key] = job
    sweep(world.sweep_ports, now=at(3))
    [kept] = [row for row in world.usage.values() if row.component == "training-warm-pool"]
    assert (kept.kind, kept.start, kept.labels.project) == ("training-job", at(1), "sinkorswim")
