"""Batches that a call of AWS accepts: at most so many things, and not too heavy together."""

from collections.abc import Callable, Iterable, Iterator


def batches[T](
    things: Iterable[T], *, most: int, heaviest: int, weight: Callable[[T], int]
) -> Iterator[list[T]]:
    """Yield the things in order, in as few batches as that allows.

    What is too heavy alone is a batch of its own: AWS says what is wrong with it.
    """
    batch, total = list[T](), 0
    for thing in things:
        own = weight(thing)
        if batch and (len(batch) == most or total + own > heaviest):
            yield batch
            batch, total = [], 0
        batch.append(thing)
        total += own
    if batch:
        yield batch
