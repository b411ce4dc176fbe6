"""`costguard explain`: the forms of a resource's name, and the facts of each rule."""

from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.budgets import CostContext, SpendToDate
from costguard.costs.by_price import ByPrice, PriceRange
from costguard.costs.prices import Price, Prices
from costguard.enforcement.audit import AuditEntry
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.activity import Activity, JupyterActivity
from costguard.resources.model import NO_LIMIT, InstanceGroup, ResourceRef
from costguard.resources.registry import KINDS
from costguard_cli.analysis.evidence import FACTS, Evidence, evidence_for
from costguard_cli.analysis.history import in_order
from costguard_cli.commands.explain import place_of, refs_of, require_place
from costguard_cli.errors import CannotRunError
from tests.cli.command import fake_session, run
from tests.factories import at, notebook, on, policy, training_job, with_rule

ARN = "arn:aws:sagemaker:us-east-2:123456789012:training-job/churn"
LABEL = "123456789012/us-east-2/training-job/churn"
HERE = fake_session({"sts": lambda _, __: {"Account": "123456789012"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "churn",
            [ResourceRef(name, "churn") for name, kind in KINDS.items() if kind.events.creates],
        ),
        ("training-job/churn", [ResourceRef("training-job", "churn")]),
        (ARN, [ResourceRef("training-job", "churn")]),
        (LABEL, [ResourceRef("training-job", "churn")]),
    ],
)
def test_a_resource_is_called_by_name_kind_or_arn(text: str, expected: list[ResourceRef]) -> None:
    assert refs_of(text) == expected


@pytest.mark.parametrize("text", ["arn:aws:s3:::bucket", "hub/x", "a/b/c"])
def test_what_no_rule_judges_is_said(text: str) -> None:
    with pytest.raises(CannotRunError):
        refs_of(text)
    assert run("explain", text).code == 2


@pytest.mark.parametrize("text", [ARN, LABEL])
@pytest.mark.parametrize("regions", [(), ("us-east-2",), ("eu-west-1,us-east-2",)])
def test_what_is_here_may_be_named_with_its_account_and_region(
    text: str, regions: tuple[str, ...]
) -> None:
    place = ("123456789012", "us-east-2")
    assert place_of(text) == place
    require_place(text, place, HERE, regions)
    assert place_of("training-job/churn") is None
    assert place_of("arn:aws") == ("", "")


@pytest.mark.parametrize("text", [ARN, LABEL])
def test_a_resource_of_another_account_is_not_taken_for_its_namesake(text: str) -> None:
    named = text.replace("123456789012", "222233334444")
    place = ("222233334444", "us-east-2")
    assert place_of(named) == place
    with pytest.raises(CannotRunError, match="in account 222233334444, and your login") as refused:
        require_place(named, place, HERE, ())
    assert "--profile" in refused.value.hint


@pytest.mark.parametrize("text", [ARN, LABEL])
def test_a_resource_of_another_region_than_the_option_is_refused_before_any_call(text: str) -> None:
    named = text.replace("us-east-2", "eu-west-1")
    told = run("explain", named, "--region", "us-east-2")
    assert told.code == 2
    assert "in eu-west-1, and --region says us-east-2" in told.words
    assert "--region eu-west-1" in told.words


def known(resource: Any = None, **changes: Any) -> Evidence:
    made = Evidence(resource=resource or notebook(), policy=Policy(), now=at(3))
    return replace(made, **changes)


def test_a_rule_names_its_facts_for_every_kind() -> None:
    for kind in KINDS:
        assert all(evidence_for(rule, known(replace(notebook(), kind=kind))) for rule in FACTS)


JUPYTER = Activity(jupyter=JupyterActivity(seen=at(3), problem="no answer"))
SPENT = {"owner": {"johndoe": Decimal(12)}, "project": {}}
STANDING = SpendToDate(
    time=at(3), month="2026-11", begun=at(-500), ends=at(200), spent=SPENT, week=SPENT, names={}
)
HEAVY = training_job(**on("ml.m5.large", count=3))
CHOICES = (InstanceGroup("ml.m5.large", 2), InstanceGroup("ml.m5.xlarge", 1, 1))
OPEN = training_job(groups=CHOICES, instances=2, started=None, waits=True)
DIME = Prices(
    {
        ("us-east-2", "training", each.type or ""): Price(Decimal("0.10"), "a test", "")
        for each in CHOICES
    }
)
NICKEL = Prices({("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal("0.05"), "a test", "")})
BY_PRICE = with_rule(
    Policy(),
    "idle",
    after=ByPrice(timedelta(hours=1), {PriceRange.parse("below $0.10/h"): timedelta(hours=4)}),
)
BUDGETS = with_rule(Policy(), "over-budget", per_owner={"*": Decimal(60)})


@pytest.mark.parametrize(
    ("rule", "about", "says"),
    [
        ("missing-tags", known(notebook(tags=None)), "its tags are not known"),
        ("missing-tags", known(notebook(tags={"b": "2", "a": "1"})), "a=1, b=2"),
        (
            "too-many",
            known(fleet=Fleet((notebook(), HEAVY), Policy().directory)),
            "1 instance of ml.t3.medium; it counts for no person of the roster",
        ),
        (
            "too-many",
            known(policy=policy(), fleet=Fleet((notebook(), HEAVY), policy().directory)),
            "John Doe runs 4 inst",
        ),
        ("too-many", known(policy=policy()), "it runs on 1 inst"),
        ("too-many", known(OPEN), "it will run on 2 instances of ml.m5.large or ml.m5.xlarge"),
        ("burn-rate", known(OPEN, prices=DIME), "at most $0.20 an hour by list price"),
        ("long-running", known(OPEN), "it waits for instances"),
        ("long-running", known(training_job()), "it has run for 3 h; its MaxRuntimeInSeconds 2 h"),
        ("long-running", known(training_job(max_runtime=NO_LIMIT)), "no limit"),
        ("long-running", known(training_job(max_runtime=None)), "is not reported"),
        ("long-running", known(training_job(started=None)), "it has not started"),
        ("instance-type", known(training_job(groups=None)), "AWS does not report"),
        ("idle", known(), "Jupyter and its kernels were not asked"),
        ("idle", known(notebook(activity=JUPYTER)), "Jupyter gives no answer (no answer)"),
        ("idle", known(policy=BY_PRICE), "its price is not known, so it counts as idle after 1 h"),
        (
            "idle",
            known(policy=BY_PRICE, money=CostContext(None, NICKEL)),
            "at $0.05 an hour by list price it counts as idle after 4 h",
        ),
        ("over-budget", known(), "is not known here"),
        (
            "over-budget",
            known(policy=BUDGETS, money=CostContext(STANDING, Prices())),
            "John Doe: $12.00 of $60.00 this month",
        ),
    ],
)
def test_a_fact_is_said_in_words(rule: str, about: Evidence, says: str) -> None:
    assert says in evidence_for(rule, about)


def test_a_rule_without_words_of_its_own_has_none() -> None:
    assert evidence_for("a-new-rule", known()) == ""


def entry(hours: float, what: str) -> AuditEntry:
    return AuditEntry(at(hours), what, training_job())


def test_a_stop_is_told_in_its_order_whatever_second_its_event_bears() -> None:
    second = 1 / 3600
    rows = [
        entry(-1, "told-warning"),
        entry(0, "stop-confirmed"),
        entry(second, "told-stopped"),
        entry(50 * second, "asked-to-stop"),
        entry(50 * second, "stop-accepted"),
        entry(2, "told-warning"),
    ]
    assert [each.what for each in in_order(rows)] == [
        "told-warning",
        "asked-to-stop",
        "stop-accepted",
        "stop-confirmed",
        "told-stopped",
        "told-warning",
    ]


def test_a_price_is_the_one_that_is_shown_whatever_money_is_known() -> None:
    table = {("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal("1.41"), "a list", "2026")}
    assert "$1.41 an hour" in evidence_for("burn-rate", known(prices=Prices(table)))
    assert "its price is not known" in evidence_for("burn-rate", known(prices=Prices()))


def test_an_age_is_counted_from_the_start_of_the_run() -> None:
    begun = notebook(started=at(3) - timedelta(minutes=5))
    assert evidence_for("long-running", known(begun, policy=policy())) == "it has run for 5 min"
