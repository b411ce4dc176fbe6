"""After an exception: who looks again."""

from costguard.app.answer_exceptions import look_again
from costguard.resources.model import ResourceRef
from tests.factories import at, policy
from tests.scenarios.account import Account


def test_what_nobody_may_end_waits_for_the_next_sweep() -> None:
    account = Account(policy())
    look_again(account.respond_ports, ResourceRef("endpoint", "churn"), at(0))
    assert account.queued_stops == []
    look_again(account.respond_ports, ResourceRef("training-job", "churn"), at(0))
    assert account.queued_stops == ["churn"]
