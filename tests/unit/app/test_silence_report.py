"""What is told of a silence, for every state that the sweep after it may find."""

from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.app.silence_report import silence_report
from costguard.costs.prices import Price, Prices
from costguard.enforcement.case import FindingState, open_case
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.plan import ResourcePlan
from costguard.resources.model import Resource, ResourceStatus
from tests.factories import at, mark, notebook, policy

SLEPT, ENDED = at(0), at(48)
PRICES = Prices(
    {("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal("0.05"), "a list", "2026-11-23")}
)


def planned(resource: Resource, **findings: Any) -> ResourcePlan:
    found = {rule.replace("_", "-"): each for rule, each in findings.items()}
    after = replace(open_case(resource), findings=found)
    return ResourcePlan(evaluation=Evaluation(resource=resource), before=None, after=after)


def told(*plans: ResourcePlan) -> str:
    return silence_report(plans, PRICES, SLEPT, ENDED, policy().timezone)


def test_it_says_how_long_and_that_nothing_ran_or_is_warned() -> None:
    text = told()
    assert "from Mon 23 Nov 2026 08:00 CST to Wed 25 Nov 2026 08:00 CST, for 2 d." in text
    assert "Nothing that runs now ran then." in text
    assert "Nobody had to be warned anew." in text
    assert "only AWS's bill has it" in text


@pytest.mark.parametrize(
    ("started", "cost"),
    [(at(-5), "$2.40"), (at(38), "$0.50"), (None, "$2.40")],
)
def test_a_run_costs_what_lies_in_the_silence(started: Any, cost: str) -> None:
    text = told(planned(notebook("DoeJohn-Old", started=started)))
    assert f"1 resource ran then too, and cost about {cost} in that time" in text
    assert "DoeJohn-Old" in text


@pytest.mark.parametrize(
    "changes", [{"started": at(48)}, {"started": at(50)}, {"status": ResourceStatus.STOPPED}]
)
def test_what_began_later_or_is_stopped_did_not_run_then(changes: dict[str, Any]) -> None:
    assert "Nothing that runs now ran then." in told(planned(notebook(**changes)))


def test_what_has_no_price_is_named_and_is_not_in_the_sum() -> None:
    unpriced = replace(notebook("RoeJane-New", started=at(0)), groups=())
    text = told(planned(notebook(started=at(0))), planned(unpriced))
    assert "2 resources" in text
    assert "$2.40" in text
    assert "The price is not known, and not in that sum, of RoeJane-New." in text


def test_who_is_warned_anew_is_named_and_what_is_only_observed_is_not() -> None:
    warned = planned(notebook("DoeJohn-Warned"), naming=mark(FindingState.WARNED, at(52)))
    observed = planned(notebook("RoeJane-Observed"), naming=mark(FindingState.OBSERVED))
    text = told(warned, observed)
    assert "Warned anew, with a whole grace period: DoeJohn-Warned." in text


def test_many_names_are_cut_and_a_name_stays_on_one_line() -> None:
    text = told(*(planned(notebook(f"DoeJohn-{n}\nX", started=at(0))) for n in range(25)))
    assert "and 5 more" in text
    assert len(text.splitlines()) == 5
