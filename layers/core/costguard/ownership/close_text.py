"""The closest of many texts, as `difflib` finds it, without comparing most of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

_CUTOFF, _TIMES, _OF = 0.8, 2, 5
"""Two texts are close if they share two fifths of the characters of both together."""


class CloseTexts:
    """Texts by length, each with the set of its characters as bits of a number."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._bits: dict[tuple[str, int], int] = {}
        self._by_length = defaultdict[int, list[tuple[int, str]]](list)
        for text in texts:
            bits = {self._bits.setdefault(c, len(self._bits)) for c in _characters(text)}
            self._by_length[len(text)].append((sum(1 << bit for bit in bits), text))

    def closest(self, text: str) -> str | None:
        """Return the closest text that is close enough; None if there is none.

        What two texts share in whatever order bounds what `difflib` can find in the same order.
        """
        known = (self._bits.get(c) for c in _characters(text))
        own, likely = sum(1 << bit for bit in known if bit is not None), list[str]()
        for length, rows in self._by_length.items():
            fewest = -(-_TIMES * (len(text) + length) // _OF)
            if fewest <= min(len(text), length):
                likely += [each for has, each in rows if (own & has).bit_count() >= fewest]
        close = get_close_matches(text, likely, n=1, cutoff=_CUTOFF)
        return close[0] if close else None


def _characters(text: str) -> Iterator[tuple[str, int]]:
    """Yield each character, the second of the same apart from the first."""
    seen = Counter[str]()
    for character in text:
        seen[character] += 1
        yield character, seen[character]
