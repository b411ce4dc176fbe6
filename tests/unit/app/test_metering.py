"""The meter of a fleet: what is written together, and what one failure leaves alone."""

from collections.abc import Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from costguard.app.metering import meter_fleet
from costguard.costs.usage import UsageChange
from costguard.resources.model import ResourceRef
from tests.factories import at, notebook, policy
from tests.fakes import InMemoryUsage, Refused


class Counted(InMemoryUsage):
    """A meter that counts how often it is written to."""

    def __init__(self) -> None:
        super().__init__()
        self.saves = 0

    def save(self, changes: Iterable[UsageChange], now: datetime) -> None:
        self.saves += 1
        super().save(changes, now)


class Unwritable(InMemoryUsage):
    """A meter that cannot be written to."""

    def save(self, _changes: Iterable[UsageChange], _now: datetime) -> None:
        raise Refused("PutItem")


NOBODY: Any = None  # nothing is described: all runs, and the volumes are known
ODD: Any = SimpleNamespace(
    ref=ResourceRef("notebook-instance", "odd"), arn="odd", parent=None, belongs_to=None
)


def meter(usage: InMemoryUsage, fleet: list[Any]) -> None:
    """Meter a fleet, later on a day whose first sweep has been."""
    for task in meter_fleet(usage, NOBODY, fleet, policy(), swept=at(1), now=at(2)):
        task()


def test_new_intervals_of_a_hundred_resources_are_written_together() -> None:
    usage = Counted()
    meter(usage, [notebook(name=f"n-{number}") for number in range(250)])
    assert usage.saves == 3
    assert {row.name for row in usage.open()} == {f"n-{number}" for number in range(250)}


def test_one_that_cannot_be_metered_hides_no_other() -> None:
    usage = InMemoryUsage()
    with pytest.raises(ExceptionGroup, match="not all is metered"):
        meter(usage, [notebook(name="one"), ODD, notebook(name="two")])
    assert {row.name for row in usage.open()} == {"one", "two"}


def test_what_is_not_written_is_an_error() -> None:
    with pytest.raises(ExceptionGroup):
        meter(Unwritable(), [notebook()])
