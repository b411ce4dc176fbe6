"""What a budget costs among 5,000 named ones: their names are folded once, not for each look."""

import cProfile
from decimal import Decimal

from costguard.costs.budget_limits import Budgets
from costguard.ownership.directory import CostLabels

BUDGETS, MOST_CALLS = 5_000, 60


def test_a_look_does_not_go_through_all_names() -> None:
    named = {f"project{number}": Decimal(number) for number in range(BUDGETS)}
    budgets = Budgets(per_project=named | {"*": Decimal(3)})
    labels = [CostLabels(project=name) for name in ("project4999", "PROJECT7", "another", "*")]
    found = [next(budgets.limits(each))[2] for each in labels]
    assert found == [4999, 7, 3, 3]
    with cProfile.Profile() as profile:
        list(budgets.limits(CostLabels(project="project4998", owner="John Doe")))
    assert sum(entry.callcount for entry in profile.getstats()) < MOST_CALLS
