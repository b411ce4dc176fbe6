"""The list calls of a sweep: one a kind, category or parent, and page; fewer within the hour."""

from collections import Counter

from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.resources.registry import KINDS
from tests.factories import at
from tests.integration.aws import answering
from tests.integration.test_inventory import NOBODY, FakeSageMaker

RUNNING = [kind for kind in KINDS.values() if kind.lifecycle.running]
SELDOM = {kind.name for kind in RUNNING if kind.seldom}


def asked(fake: FakeSageMaker, *skip: str) -> Counter[str]:
    """Look once, and count what SageMaker was asked."""
    fake.calls.clear()
    tagging = answering("resourcegroupstaggingapi", fake.answer)
    inventory = SageMakerInventory(answering("sagemaker", fake.answer), lambda: tagging, NOBODY)
    inventory.running(at(0), skip)
    return Counter(operation for operation, _ in fake.calls)


def test_an_empty_account_is_asked_once_for_each_kind_and_category() -> None:
    expected = Counter[str]()
    for kind in RUNNING:
        of = kind.api.list.parents  # there is none, so of none of them is anything listed
        expected[of.operation if of else kind.api.list.operation] += len(kind.api.list.each)
    assert asked(FakeSageMaker()) == expected


def test_what_a_parent_has_is_one_call_for_each_parent() -> None:
    calls = asked(FakeSageMaker(pipeline_execution=[[]]))
    assert (calls["ListPipelines"], calls["ListPipelineExecutions"]) == (1, 1)


def test_within_the_hour_the_kinds_that_nobody_has_are_not_asked_for() -> None:
    calls = asked(FakeSageMaker(), *SELDOM)
    assert calls.total() == sum(len(k.api.list.each) for k in RUNNING if not k.seldom)
    assert not {KINDS[name].api.list.operation for name in SELDOM} & calls.keys()


def test_each_page_is_one_call_more() -> None:
    one, three = FakeSageMaker(training_job=[[]]), FakeSageMaker(training_job=[[], [], []])
    assert asked(three).total() - asked(one).total() == 2
