"""What a sweep logs of cases that it does not understand."""

from copy import replace
from typing import Any

import pytest

from costguard.app.admin_notices import tell_together
from costguard.app.decision_log import log_evaluations
from costguard.enforcement.later_version import LaterFacts
from tests.factories import at, notebook, policy, step
from tests.fakes import Refused, override
from tests.scenarios.account import Account


def test_a_case_of_a_later_version_is_logged() -> None:
    account = Account(policy(), notebook())
    plan = step(notebook(), None, policy(), at(0))
    later = replace(plan, after=replace(plan.after, later=LaterFacts({"a-rule": {}})))
    log_evaluations(account.sweep_ports, [later], daily=False)
    assert "case not understood" in str(account.log)


def test_what_the_admins_could_not_be_told_is_told_by_the_next_sweep() -> None:
    account = Account(policy())

    def refuse(_text: str) -> None:
        raise Refused("SNS is not there")

    ports = account.sweep_ports
    deaf: Any = replace(ports, texts=override(ports.texts, publish=refuse))
    with pytest.raises(Refused):
        tell_together(deaf, "known: {}", {"a": "line"}, at(0))
    tell_together(ports, "known: {}", {"a": "line"}, at(0.1))
    tell_together(ports, "known: {}", {"a": "line"}, at(0.2))
    assert account.summaries == ["known: line"]
