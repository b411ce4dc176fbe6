"""Outcomes: each reason to ignore an event is one of them."""

import pytest

from costguard.enforcement.outcomes import WatchOutcome
from costguard.resources.events import IgnoreReason


@pytest.mark.parametrize("reason", IgnoreReason)
def test_each_reason_to_ignore_an_event_is_an_outcome(reason: IgnoreReason) -> None:
    assert WatchOutcome(f"ignored-{reason}").value == f"ignored-{reason.value}"
