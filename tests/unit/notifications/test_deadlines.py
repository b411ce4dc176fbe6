"""The deadline that a reader is told, and has."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.notifications.deadlines import accepted_deadline
from tests.factories import at

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("grace", "accepted", "deadline"),
    [
        (4 * HOUR, at(0), at(4)),
        (4 * HOUR, at(3), at(7)),
        (HOUR, at(1), at(4)),
        (None, at(5), at(5)),
    ],
)
def test_a_grace_counts_from_when_the_warning_was_taken(
    grace: timedelta | None, accepted: datetime, deadline: datetime
) -> None:
    assert accepted_deadline(at(4), grace, accepted) == deadline


@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 900))
def test_nobody_has_less_than_the_grace_or_than_what_was_planned(
    planned: int, grace: int, accepted: int
) -> None:
    deadline = accepted_deadline(at(planned), grace * HOUR, at(accepted))
    assert deadline >= at(planned)
    assert deadline - at(accepted) >= grace * HOUR
