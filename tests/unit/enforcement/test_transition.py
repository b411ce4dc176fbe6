"""The state of a finding for its present recipients."""

from datetime import timedelta

from costguard.enforcement.case import FindingState
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.hearing import GivenWarning, Hearing, Warned
from costguard.enforcement.transition import FindingStep
from tests.factories import at, case, mark, notebook, policy


def test_another_violation_of_a_rule_begins_anew_whoever_heard_of_the_first() -> None:
    bare = notebook(tags={})
    to = {"john": Warned("a notice", at(0))}
    stopped = case(
        bare,
        findings={"missing-tags": mark(FindingState.STOPPED, cause="another")},
        warnings={"missing-tags": GivenWarning(since=at(0), grace=timedelta(hours=4), to=to)},
    )
    step = FindingStep(
        evaluation=evaluate(bare, policy(), now=at(5)),
        case=stopped,
        policy=policy(),
        hearing=Hearing(recipients=("jane",)),
        now=at(5),
    )
    assert step.state_of("missing-tags") is FindingState.NONE
    assert step._is_news_to_somebody("missing-tags") is False


def test_a_warning_of_which_nobody_knows_to_whom_it_went_begins_anew() -> None:
    bare = notebook(tags={})
    step = FindingStep(
        evaluation=evaluate(bare, policy(), now=at(5)),
        case=case(bare, findings={"missing-tags": mark(FindingState.WARNED, deadline=at(4))}),
        policy=policy(),
        hearing=Hearing(recipients=("jane",)),
        now=at(5),
    )
    assert step.state_of("missing-tags") is FindingState.NONE
