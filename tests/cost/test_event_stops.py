"""What it costs to count the stops of events: the same for each, however many may be."""

from collections import Counter
from typing import Any

import pytest

from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from tests.factories import at, training_job
from tests.integration.aws import answering, refusal
from tests.soak import in_memory_table

WRITES = {"PutItem", "UpdateItem"}


class CountedLedger:
    """A ledger that counts its calls by operation."""

    def __init__(self) -> None:
        self.calls, self._table = Counter[str](), in_memory_table.Table(lambda _: None)
        self.markers = DynamoDbMarkers(Table(answering("dynamodb", self._answer), "ledger"))

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.calls[operation] += 1
        try:
            return self._table.calls[operation](asked)
        except in_memory_table.ConditionFailed as failed:
            raise refusal(failed.code) from None

    def stop(self, name: str, most: int, hours: int = 0) -> tuple[bool, int, int]:
        """Ask for a slot; return whether there was one, the reads, and the writes."""
        self.calls.clear()
        taken = self.markers.acquire_stop_slot(training_job(name).ref, at(hours), most)
        writes = sum(self.calls[each] for each in WRITES)
        return taken, self.calls.total() - writes, writes


@pytest.mark.parametrize("most", [1, 10, 1_000])
def test_a_stop_of_an_event_is_two_writes_whatever_the_most(most: int) -> None:
    ledger = CountedLedger()
    first, *others = [ledger.stop(f"job-{number}", most) for number in range(most)]
    assert first == (True, 2, 2)
    assert set(others) <= {(True, 1, 2)}
    assert ledger.stop("one-more", most) == (False, 1, 1)
    assert ledger.stop("job-0", most) == (True, 1, 0)
    assert ledger.stop("one-more", most, hours=1)[0]


def test_no_slot_is_no_write() -> None:
    assert CountedLedger().stop("job", 0) == (False, 2, 0)
