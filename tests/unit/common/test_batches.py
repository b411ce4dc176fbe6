"""Batches hold everything once and in order, and only what a call accepts."""

from hypothesis import given
from hypothesis import strategies as st

from costguard.common.batches import batches

MOST, HEAVIEST = 4, 10


@given(st.lists(st.integers(min_value=0, max_value=12)))
def test_every_thing_is_in_one_batch_in_order_and_none_is_too_large(things: list[int]) -> None:
    made = list(batches(things, most=MOST, heaviest=HEAVIEST, weight=int))
    assert [each for batch in made for each in batch] == things
    assert all(0 < len(batch) <= MOST for batch in made)
    assert all(sum(batch) <= HEAVIEST or len(batch) == 1 for batch in made)


def test_they_are_as_few_as_the_order_allows() -> None:
    assert [*batches([1] * 9, most=MOST, heaviest=HEAVIEST, weight=int)] == [[1] * 4, [1] * 4, [1]]
    assert [*batches([6, 4, 1, 11, 1], most=MOST, heaviest=HEAVIEST, weight=int)] == [
        [6, 4],
        [1],
        [11],
        [1],
    ]
