"""Which budget applies to a name, however it is spelled."""

from decimal import Decimal

import pytest

from costguard.costs.budget_limits import Budgets
from costguard.ownership.directory import CostLabels

BUDGETS = Budgets(
    per_project={"wattbot": Decimal(250), "*": Decimal(100)}, per_owner={"John Doe": Decimal(80)}
)


@pytest.mark.parametrize(
    ("labels", "limits"),
    [
        (CostLabels(project="WattBot", owner="Doe John"), [("project", 250), ("owner", 80)]),
        (CostLabels(project="*"), [("project", 100)]),
        (CostLabels(project="--"), [("project", 100)]),
        (CostLabels(owner="Jane Roe"), []),
        (CostLabels(), []),
    ],
)
def test_a_name_has_its_own_limit_or_everybody_elses(
    labels: CostLabels, limits: list[tuple[str, int]]
) -> None:
    assert [(dimension, int(usd)) for dimension, _, usd in BUDGETS.limits(labels)] == limits
