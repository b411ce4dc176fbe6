"""Which rows of a partition a query returns: a condition on their `sk`."""

from collections.abc import Mapping

from msgspec import Struct


class SortKeys(Struct, frozen=True):
    """The rows of a partition that a query returns, by their `sk`."""

    condition: str = ""
    values: Mapping[str, str] = {}


ALL = SortKeys()


def since(low: str) -> SortKeys:
    """Select the keys from a key on."""
    return SortKeys(" AND sk >= :since", {"since": low})


def between(low: str, high: str) -> SortKeys:
    """Select the keys between two keys, both included."""
    return SortKeys(" AND sk BETWEEN :since AND :until", {"since": low, "until": high})


def beginning(text: str) -> SortKeys:
    """Select the keys with a prefix."""
    return SortKeys(" AND begins_with(sk, :sk)", {"sk": text})
