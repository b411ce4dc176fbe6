"""Jobs that AWS bills by the token: no instance to judge, and tokens that are said, not priced."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.budgets import CostContext
from costguard.costs.prices import bundled_prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.spend import add_slice, empty_spend
from costguard.ownership.fleet import Fleet
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES
from costguard.rules.base import EvaluationContext, Unknown
from tests.factories import GOOD_TAGS, at, policy
from tests.scenarios.account import Account
from tests.unit.reports.test_summary import FakeReporter, usage
from tests.unit.resources.test_kinds import described

NAME = "Job"


def serverless(**more: Any) -> Resource:
    config = {"BaseModelArn": "a-model", "JobType": "FineTuning"}
    times = {"CreationTime": at(0), "TrainingStartTime": at(0)}
    return described("training-job", ServerlessJobConfig=config, **times | more)


def tagged(**more: Any) -> Resource:
    found = serverless(**more)
    return Resource(**{f: getattr(found, f) for f in found.__struct_fields__} | {"tags": GOOD_TAGS})


def test_it_has_no_instances_and_needs_no_time() -> None:
    found = serverless(BillableTokenCount=1_234_567)
    assert (found.groups, found.instances, found.max_runtime) == ((), 0, None)
    assert (found.billing.by_token, found.billing.tokens) == (True, 1_234_567)


def test_a_time_that_its_client_sets_holds_for_it() -> None:
    found = serverless(StoppingCondition={"MaxRuntimeInSeconds": 3600})
    assert found.max_runtime == timedelta(hours=1)


@pytest.mark.parametrize("odd", [None, -1, "many", 10**16])
def test_tokens_of_another_form_are_not_known(odd: object) -> None:
    assert serverless(BillableTokenCount=odd).billing.tokens is None


def test_a_class_of_them_is_thirty_jobs_and_no_gap() -> None:
    account = Account(policy(), tagged())
    account.run(at(1))
    assert (account.notices, account.stopped) == ([], [])


def test_one_that_ran_too_long_is_stopped_as_any_other() -> None:
    account = Account(policy(), tagged())
    account.run(at(13))
    assert account.stopped == [NAME]
    cost = account.published[0].cost
    assert cost is not None
    assert (cost.usd_per_hour, cost.unpriced) == (None, ("tokens",))


def test_its_price_is_unknown_and_never_zero() -> None:
    prices = bundled_prices()
    assert prices.hourly(serverless()) is None
    assert prices.unpriced(serverless()) == ("tokens",)


def test_a_cap_on_dollars_has_a_quiet_question_about_it() -> None:
    job, rules = tagged(), policy()
    rule = RULES["burn-rate"]
    ctx = EvaluationContext(
        now=at(1),
        directory=rules.directory,
        fleet=Fleet((job,), rules.directory),
        zone=rules.timezone.info,
        money=CostContext(None, bundled_prices()),
    )
    capped = rule.options.__replace__(per_owner=Decimal(5))
    assert rule.check(job, capped, ctx) == Unknown("what a training job costs", loud=False)


def test_its_tokens_are_counted_where_it_ends_for_whoever_ran_it() -> None:
    account = Account(policy(), tagged(BillableTokenCount=100))
    account.sweep(at(1))
    done = {"TrainingJobStatus": "Completed", "TrainingEndTime": at(5), "BillableTokenCount": 700}
    job = tagged(**done)
    assert job.status is ResourceStatus.STOPPED
    account.resources[job.ref.key] = job
    account.event(NAME, at(5))
    [row] = account.meter.rows.values()

    def tokens(since: float, until: float) -> dict[str, int]:
        spend = empty_spend()
        add_slice(spend, UsageSlice(row, at(since), at(until)), bundled_prices())
        assert spend.usd == 0
        assert [*spend.unpriced] == ["training by the token in us-east-2"]
        return spend.tokens

    assert tokens(0, 9) == {"John Doe": 700}
    assert tokens(0, 4) == {}
    assert tokens(4, 6) == {"John Doe": 700}


def test_the_summary_says_them_and_that_no_price_is_known() -> None:
    of: dict[str, Any] = {
        "kind": "training-job",
        "component": "training",
        "groups": (),
        "by_token": True,
    }
    reporter = FakeReporter(
        usage("one", 80, **of, tokens=1_000_000),
        usage("two", 60, **of, tokens=5),
        usage("running", 60, runs=True, **of, tokens=5),
    )
    text = reporter.report()
    said = "TOKENS that AWS bills, without a known price: 1,000,005 this period (nobody 1,000,005)"
    assert said in text
    assert "UNPRICED, not in any sum: training by the token in us-east-2" in text
    assert "1,000,005 billed tokens, without a known price" in reporter.page
