"""Laws of what runs on instances that AWS has still to choose, that waits, or is paid ahead.

What is not chosen yet is judged as the dearest that it may become, and never as a sum. What waits
runs in no sum. What a training plan covers costs no more. A word that nobody knows is a gap.
"""

from collections.abc import Sequence
from copy import replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.costs.budgets import CostContext
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice, hourly_cost, price_slice
from costguard.costs.usage import update_usage
from costguard.enforcement.audit import STOPPED, AuditEntry
from costguard.enforcement.evaluation import STATUS, evaluate
from costguard.ownership.fleet import Fleet
from costguard.reports.savings import savings_of_stops
from costguard.resources.kind import Kind
from costguard.resources.model import BillingFacts, InstanceGroup, Resource, ResourceStatus
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.base import PASS, EvaluationContext, Fail
from tests.factories import at, policy, training_job
from tests.unit.resources.test_kinds import described

RATES = {"ml.m5.large": "0.115", "ml.g5.2xlarge": "1.515", "ml.p4d.24xlarge": "25.251"}
PRICES = Prices(
    {
        ("us-east-2", "training", t): Price(Decimal(usd), "a test", "2026")
        for t, usd in RATES.items()
    }
)
HOUR = timedelta(hours=1)
RULES_OF_TEST = policy()
preferred = st.lists(
    st.tuples(st.sampled_from([*RATES]), st.integers(1, 8)), min_size=1, max_size=5
)

type Choices = list[tuple[str, int]]


def either(choices: Sequence[tuple[str, int]], **more: Any) -> Resource:
    """Describe a job that states what AWS may choose from."""
    listed = [{"InstanceType": kind, "InstanceCount": count} for kind, count in choices]
    return described(
        "training-job", ResourceConfig={"InstancePreferences": listed}, CreationTime=at(0), **more
    )


def usd_of(choice: tuple[str, int]) -> Decimal:
    return Decimal(RATES[choice[0]]) * choice[1]


def context(*fleet: Resource) -> EvaluationContext:
    rules = RULES_OF_TEST
    return EvaluationContext(
        now=at(1),
        directory=rules.directory,
        fleet=Fleet(fleet, rules.directory),
        zone=UTC,
        money=CostContext(None, PRICES),
    )


def verdict(rule: str, resource: Resource, *fleet: Resource, **options: Any) -> Any:
    asked = replace(RULES[rule].options, **options)
    return RULES[rule].check(resource, asked, context(*fleet, resource))


@given(preferred)
def test_before_aws_has_chosen_the_dearest_and_the_most_count_and_never_a_sum(
    choices: Choices,
) -> None:
    job = either(choices)
    assert PRICES.hourly(job) == max(map(usd_of, choices))
    assert job.instances == max(count for _, count in choices)


@given(preferred, st.sets(st.sampled_from([*RATES]), min_size=1))
def test_one_forbidden_choice_is_forbidden(choices: Choices, allowed: set[str]) -> None:
    answer = verdict("instance-type", either(choices), allowed=for_all(tuple(allowed)))
    assert isinstance(answer, Fail) is bool({kind for kind, _ in choices} - allowed)


@given(preferred, st.integers(0, 4))
def test_once_aws_has_chosen_only_that_counts(choices: Choices, which: int) -> None:
    kind, count = choices[which % len(choices)]
    listed = [{"InstanceType": each, "InstanceCount": n} for each, n in choices]
    chosen = {"SelectedInstanceType": kind, "SelectedInstanceCount": count}
    job = described("training-job", ResourceConfig={"InstancePreferences": listed, **chosen})
    assert job.groups == (InstanceGroup(kind, count),)
    assert PRICES.hourly(job) == usd_of((kind, count))


@given(preferred)
def test_alternatives_are_metered_as_no_more_than_one_of_them(choices: Choices) -> None:
    [row, *_] = update_usage(
        replace(either(choices), started=at(0)), (), None, swept=None, now=at(1)
    )
    spent = price_slice(UsageSlice(row, at(0), at(1)), PRICES).usd
    assert spent == min(map(usd_of, choices))


names = st.sampled_from(["DoeJohn-a", "RoeJane-b", "nobody-c"])


@st.composite
def fleets(draw: st.DrawFn) -> list[Resource]:
    """Draw jobs of some people, of which some wait or are paid ahead."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        waits, prepaid = draw(st.booleans()), draw(st.booleans())
        group = InstanceGroup(draw(st.sampled_from([*RATES])), draw(st.integers(1, 4)))
        found.append(
            training_job(
                f"{draw(names)}-{number}",
                groups=(group,),
                instances=group.count,
                waits=waits,
                started=None if waits else at(draw(st.floats(-30, 0))),
                billing=BillingFacts(prepaid=prepaid),
                tags={"Name": draw(st.sampled_from(["John Doe", "Jane Roe"]))},
            )
        )
    return found


@given(fleets(), st.integers(0, 20), st.integers(0, 60))
def test_what_waits_is_in_no_sum_of_anybody(fleet: list[Resource], most: int, usd: int) -> None:
    running = [job for job in fleet if not job.waits]
    limits: tuple[tuple[str, dict[str, Any]], ...] = (
        ("too-many", {"per_owner": most, "per_job": PerKind()}),
        ("burn-rate", {"per_owner": Decimal(usd)}),
    )
    for job in fleet:
        for rule, options in limits:
            asked = replace(RULES[rule].options, **options)
            whole = RULES[rule].check(job, asked, context(*fleet))
            if job.waits:
                assert not isinstance(whole, Fail)
            else:
                assert whole == RULES[rule].check(job, asked, context(*running))


@given(fleets(), st.floats(0, 900))
def test_what_waits_has_no_age(fleet: list[Resource], hours: float) -> None:
    ran = replace(RULES_OF_TEST.rules["long-running"].options)
    for job in (job for job in fleet if job.waits):
        ctx = replace(context(*fleet), now=at(hours))
        assert RULES["long-running"].check(job, ran, ctx) is PASS


@given(fleets(), st.integers(0, 60))
def test_what_is_paid_ahead_is_in_no_cap_on_dollars(fleet: list[Resource], usd: int) -> None:
    unpaid = [job for job in fleet if not job.billing.prepaid]
    asked = replace(RULES["burn-rate"].options, per_owner=Decimal(usd))
    for job in unpaid:
        answers = [RULES["burn-rate"].check(job, asked, context(*each)) for each in (fleet, unpaid)]
        assert isinstance(answers[0], Fail) is isinstance(answers[1], Fail)


@given(st.sampled_from([*RATES]), st.integers(1, 8), st.floats(0.1, 200))
def test_a_stop_of_what_is_paid_ahead_avoids_nothing(kind: str, count: int, hours: float) -> None:
    job = training_job(
        groups=(InstanceGroup(kind, count),),
        instances=count,
        billing=BillingFacts(prepaid=True),
        max_runtime=None,
    )
    entry = AuditEntry(what=STOPPED, time=at(1), resource=job, rules=("missing-tags",))
    [stop] = savings_of_stops([entry], [], PRICES, RULES_OF_TEST.timezone.info, at(1 + hours))
    assert stop.usd == 0
    [row, *_] = update_usage(job, (), None, swept=None, now=at(1))
    assert hourly_cost(row, PRICES).usd == 0


@pytest.mark.parametrize("kind", KINDS.values(), ids=[*KINDS])
@given(word=st.text(min_size=1, max_size=30).filter(str.isprintable).filter(str.strip))
def test_a_word_that_nobody_knows_is_a_gap_and_stops_nothing(kind: Kind, word: str) -> None:
    if kind.lifecycle.status_of(word) is not None:
        return
    of, _, own = kind.translation.status.rpartition(".")
    found = described(kind.name, **({of: {own: word}} if of else {own: word}), CreationTime=at(0))
    assert found.status is ResourceStatus.UNKNOWN
    evaluation = evaluate(found, RULES_OF_TEST, now=at(900), fleet=context(found).fleet)
    assert [each.rule for each in evaluation.unknowns] == [STATUS]
    assert not evaluation.violations
