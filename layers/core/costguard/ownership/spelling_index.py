"""Find the person that a text spells.

An exact spelling comes before one in another word order, and that before a shortened one. If a text
matches several people in the best rank with a match, all of them are returned and none is chosen.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import product

from msgspec import Struct

from costguard.common.transliteration import folded_words
from costguard.ownership.close_text import CloseTexts
from costguard.ownership.spelling import (
    CAPITAL,
    Rank,
    Spelling,
    claimed_words,
    exact_handle,
    latin_lookalike,
    plain_text,
    spelled_words,
)

_INITIAL = re.compile(r"(?<=\s)[^\W\d_]\.\s+")  # John M. Doe
_ALIKE = (Rank.HANDLE, Rank.NAME, Rank.TURNED, Rank.SHORT, Rank.ALIKE)
"""Where a text without disguise is found: a spelling has a row of its own only if it differs."""
_FEWEST_LETTERS = 4  # fewer letters with digits between them are not a disguised name


class Match[T](Struct, frozen=True):
    """The people that a text may spell.

    `is_sure` false: the words have no spaces, so `lina` may be Lina or Li Na.
    """

    found: tuple[T, ...] = ()
    is_sure: bool = False

    @property
    def only(self) -> T | None:
        """The person, if there is exactly one; otherwise None."""
        return self.found[0] if len(self.found) == 1 else None


type _Row[T] = tuple[T, frozenset[int]]


class SpellingIndex[T]:
    """Finds people by any of their spellings."""

    def __init__(self, people: Iterable[tuple[T, Iterable[Spelling]]]) -> None:
        self._rows: dict[str, tuple[_Row[T], ...]] = {}
        alike = dict[frozenset[int], frozenset[int]]()  # one of each: a roster may have thousands
        for person, all_of_them in people:
            for spelling in all_of_them:
                if spelling.text:
                    row = (person, alike.setdefault(spelling.cuts, spelling.cuts))
                    key = _key(spelling.rank, spelling.text)
                    if row not in (known := self._rows.get(key, ())):
                        self._rows[key] = (*known, row)

    def nearest(self, text: str) -> T | None:
        """Find the person that was probably meant."""
        (claim, *_) = _claims(text)
        close = self._close_texts.closest(claim.text)
        return Match(tuple(self._texts[close])).only if close else None

    @cached_property
    def _close_texts(self) -> CloseTexts:
        return CloseTexts(self._texts)

    @cached_property
    def _texts(self) -> dict[str, list[T]]:
        """The people by every folded spelling, each once."""
        found: dict[str, list[T]] = {}
        for key, rows in self._rows.items():
            exact = key.startswith(_key(Rank.SAME, ""))
            known = found.setdefault(key[1:], []) if not exact else []
            known += [person for person, _ in rows if person not in known]
        return found

    def find(self, text: str) -> Match[T]:
        """Find the people that a text spells; joined words are tried last."""
        for exact in (plain_text(text), exact_handle(text.strip())):
            if same := self._among((Rank.SAME,), [Spelling(Rank.SAME, exact)], glued=True):
                return Match(same, is_sure=True)
        claims = _claims(text)
        for ranks in (*(order := _order(text)), _ALIKE):
            asked = _disguised(text, claims) if ranks == _ALIKE else claims
            if found := self._among(ranks, asked):
                return Match(found, is_sure=True)
        if (shorter := _INITIAL.sub("", text)) != text:
            return self.find(shorter)
        return Match(next((f for r in order if (f := self._among(r, claims, glued=True))), ()))

    def _among(
        self, ranks: Iterable[Rank], claims: Iterable[Spelling], *, glued: bool = False
    ) -> tuple[T, ...]:
        """List the people with one of some spellings; without `glued`, words must be separate."""
        found: list[T] = []
        for rank, claim in product(ranks, claims):
            for person, cuts in self._rows.get(_key(rank, claim.text), ()):
                if person not in found and (glued or cuts <= claim.cuts):
                    found.append(person)
        return tuple(found)


def _key(rank: Rank, text: str) -> str:
    """Return the key of a spelling: a text takes less room than a pair."""
    return f"{rank:d}{text}"


def _claims(text: str) -> list[Spelling]:
    """Return the spellings that a text may have as a name."""
    return list(spelled_words(Rank.NAME, folded_words(claimed_words(text))))


def _disguised(text: str, claims: list[Spelling]) -> list[Spelling]:
    """Replace look-alike letters and digits in a text of mostly letters."""
    if sum(c.isalpha() for c in text) < _FEWEST_LETTERS:
        return []
    ways = (tuple(map(latin_lookalike, w)) for w in folded_words(claimed_words(text)))
    alike = list(spelled_words(Rank.NAME, tuple(ways)))
    return [] if alike == claims else alike


def _order(text: str) -> tuple[tuple[Rank, ...], ...]:
    """Order the ranks by the form of a text: `WeiLi` is a handle first, `Wei Li` a name first."""
    rest = ((Rank.OTHER,), (Rank.TURNED,), (Rank.SHORT,))
    if len(text.split()) > 1:
        return ((Rank.NAME,), (Rank.HANDLE,), *rest)
    if CAPITAL.search(text):
        return ((Rank.HANDLE,), (Rank.NAME,), *rest)
    return ((Rank.HANDLE, Rank.NAME), *rest)
