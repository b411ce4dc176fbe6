"""The meter of a fleet: what is written together, and what one failure leaves alone."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from costguard.app.metering import meter_fleet
from costguard.costs.usage import UsageChange
from costguard.resources.model import BillingFacts, ResourceRef
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


class Stored:
    """An inventory of notebooks with volumes in two places; counts what is described."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.described: Counter[str] = Counter()

    def with_volumes(self, place: str) -> Iterable[ResourceRef]:
        for number in range(self.number):
            yield ResourceRef("notebook-instance", f"n-{number}", place)

    def describe(self, ref: ResourceRef) -> Any:
        self.described[ref.place] += 1
        billed = BillingFacts(volume_gb=5)
        return notebook(ref.name, place=ref.place, billing=billed, started=at(0))


NOBODY: Any = None  # nothing is described: all runs, and the volumes are known
THERE = "222233334444/eu-west-1"
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


def test_the_first_sweep_of_a_day_describes_as_many_volumes_in_one_place_as_in_several() -> None:
    for spokes in ((), (THERE,), tuple(f"{each:012}/eu-west-1" for each in range(9))):
        stored: Any = Stored(600)
        tasks = meter_fleet(
            InMemoryUsage(), stored, [], policy(), swept=None, now=at(2), spokes=spokes
        )
        for task in tasks:
            task()
        assert sum(stored.described.values()) == 500
        assert len(set(stored.described.values())) == 1


def test_a_volume_is_metered_without_the_run_beside_it() -> None:
    usage, stored = InMemoryUsage(), Stored(3)
    inventory: Any = stored
    for task in meter_fleet(usage, inventory, [], policy(), swept=None, now=at(2)):
        task()
    assert {row.component for row in usage.open()} == {"notebook-volume"}
