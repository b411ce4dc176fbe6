"""The case that a decision begins with."""

from costguard.enforcement.case import open_case
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.run import case_at_hand
from tests.factories import at, notebook, policy


def test_the_case_of_an_earlier_one_of_the_name_begins_anew_with_its_version() -> None:
    earlier = open_case(notebook("DoeJohn-Explore", created=at(0)), version=7)
    later = notebook("DoeJohn-Explore", created=at(5))
    evaluation = evaluate(later, policy(), now=at(6))
    case = case_at_hand(earlier, evaluation, policy(), at(6))
    assert (case.created, case.version) == (at(5), 7)
