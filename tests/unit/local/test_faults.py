"""The plan of faults: seeded, whatever the order of threads, and calm when told."""

import pytest

from local.faults import ERRORS, REFUSALS, Fault, FaultPlan, FaultRates
from tests.factories import at

ALWAYS = FaultRates(calls={Fault.THROTTLED: 1.0}, outages=0)
ROUGH = FaultRates(calls=dict.fromkeys(Fault, 0.1))
CALLS = [("sagemaker", "DescribeTrainingJob", f"job-{n % 5}") for n in range(200)]


def fates(calls: list[tuple[str, str, str]]) -> dict[str, list[Fault | None]]:
    plan, found = FaultPlan(1, ROUGH), dict[str, list[Fault | None]]()
    for service, operation, subject in calls:
        found.setdefault(subject, []).append(plan.fault_of(service, operation, subject, at(0)))
    return found


def test_the_fate_of_a_call_does_not_depend_on_the_order_of_others() -> None:
    assert fates(CALLS) == fates(sorted(CALLS))
    assert any(fate for each in fates(CALLS).values() for fate in each)


def test_another_seed_is_another_fate() -> None:
    one, other = FaultPlan(1, ROUGH), FaultPlan(2, ROUGH)
    told = [[p.fault_of(*call, at(0)) for call in CALLS] for p in (one, other)]
    assert told[0] != told[1]


def test_nothing_goes_wrong_in_calm_hours() -> None:
    plan = FaultPlan(1, FaultRates(calls=ALWAYS.calls, outages=1, hours=(0, at(0).hour)))
    assert plan.fault_of(*CALLS[0], at(0)) is None
    assert plan.fault_of(*CALLS[0], at(-1)) is not None


def test_a_storm_takes_one_service_for_an_hour_and_comes_to_an_end() -> None:
    plan = FaultPlan(1, FaultRates(calls={}, outages=0.3))
    hours = [
        [plan.fault_of("sns", "Publish", "t", at(hour)) for _ in range(50)] for hour in range(99)
    ]
    stormy = [{*hour} - {None} for hour in hours if any(hour)]
    assert 10 < len(stormy) < 60
    assert all(len(kinds) == 1 and kinds <= {*REFUSALS} for kinds in stormy)


@pytest.mark.parametrize(
    ("fault", "can", "cannot"),
    [
        (Fault.LOST_ANSWER, "StopTrainingJob", "ListTags"),
        (Fault.CONFLICT, "PutItem", "GetItem"),
        (Fault.STALE, "DescribeNotebookInstance", "ListTags"),
        (Fault.SHORT_PAGE, "Query", "GetItem"),
        (Fault.SLOW, "Invoke", "Publish"),
    ],
)
def test_a_fault_happens_only_where_it_can(fault: Fault, can: str, cannot: str) -> None:
    plan = FaultPlan(1, FaultRates(calls={fault: 1.0}, outages=0))
    assert plan.fault_of("dynamodb", can, "x", at(0)) is fault
    assert plan.fault_of("dynamodb", cannot, "x", at(0)) is None
    assert plan.injected == {fault.value: 1}


def test_every_service_has_words_for_too_much_and_for_broken() -> None:
    assert all({Fault.THROTTLED, Fault.BROKEN} <= words.keys() for words in ERRORS.values())
