"""One violation is found, whatever else is in the account."""

from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from tests.factories import at, on, training_job
from tests.property.strategies import policies, resources
from tests.scenarios.account import Account
from tests.scenarios.test_dodging import everything_on

VIOLATOR = training_job("violator", **on("ml.p4d.24xlarge"))
odd_ones = st.lists(
    resources(status=ResourceStatus.RUNNING), max_size=6, unique_by=lambda r: r.ref.key
)


@settings(max_examples=30)  # each is a whole account
@given(odd=odd_ones)
def test_nothing_odd_hides_a_violator(odd: list[Resource]) -> None:
    guard = Account(everything_on(), *odd, VIOLATOR)
    guard.sweep(at(1))
    assert VIOLATOR.name in guard.queued_stops
    assert guard.counted[-1]["TaskFailures"] == 0


@settings(max_examples=30)
@given(odd=odd_ones, rules=policies())
def test_no_policy_and_nothing_odd_make_a_sweep_or_an_event_fail(
    odd: list[Resource], rules: Policy
) -> None:
    guard = Account(rules, *odd)
    for hours in (0.1, 5):
        guard.sweep(at(hours))
        guard.enforce()
    swept = [numbers for numbers in guard.counted if "TaskFailures" in numbers]
    assert [numbers["TaskFailures"] for numbers in swept] == [0, 0]
