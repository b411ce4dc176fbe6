"""The spellings of a name: folded texts, and the positions where a new word must begin."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct

from costguard.common.transliteration import ascii_word, folded_words
from costguard.ownership.confusables import CONFUSABLES

_WORD = re.compile(r"[^\W_]+")
CAPITAL = re.compile(r"(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W_A-Z])")  # Doe|John, O|Brien


class Rank(IntEnum):
    """How exactly a spelling matches a person; the most exact comes first."""

    SAME = 0  # as the roster writes it
    HANDLE = 1  # LastnameFirstname, or an alias
    NAME = 2  # the name, or an alias, in ASCII
    OTHER = 3  # one of these with another ASCII form of a letter
    TURNED = 4
    SHORT = 5  # without middle names
    ALIKE = 6  # with letters that only look the same


class Spelling(Struct, frozen=True):
    """One spelling: its folded text, and the positions where a new word must begin."""

    rank: Rank
    text: str
    cuts: frozenset[int] = frozenset()


class NameParts(Struct, frozen=True):
    """The words of a name. `Doe, John` marks the family name; otherwise it is the last word."""

    given: tuple[str, ...]
    family: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> "NameParts":
        """Read a name in either order."""
        family, comma, given = name.partition(",")
        if comma and family.strip() and given.strip():
            return cls(tuple(given.split()), tuple(family.split()))
        words = tuple(name.split())
        return cls(words[:-1], words[-1:])

    @property
    def handle(self) -> str | None:
        """Return the form in resource names; None if ASCII cannot express it."""
        words = [ascii_word(word) for word in (*self.family, *self.given)]
        if any(word is None for word in words):
            return None
        return "".join(word[:1].upper() + word[1:] for word in words if word) or None


def spellings(
    name: str, handle: str | None, aliases: Iterable[str], others: Iterable[str] = ()
) -> Iterator[Spelling]:
    """List every spelling of a person; `others` (an e-mail address) are not varied."""
    parts, stated = NameParts.of(name), (*((handle,) if handle else ()), *aliases)
    straight, turned = (*parts.given, *parts.family), (*parts.family, *parts.given)
    turn = f"{' '.join(parts.family)}, {' '.join(parts.given)}"
    for text in (name, " ".join(straight), turn, *stated, *others):
        yield Spelling(Rank.SAME, plain_text(text))
    if made := handle or parts.handle:
        yield Spelling(Rank.SAME, exact_handle(made))
    words = [
        *((Rank.HANDLE, each) for each in ((turned,) if handle is None else ())),
        *((rank, (each,)) for each in stated for rank in (Rank.HANDLE, Rank.NAME)),
        (Rank.NAME, straight),
        (Rank.TURNED, turned),
        *((Rank.TURNED, straight[at:] + straight[:at]) for at in range(1, len(straight))),
    ]
    if len(straight) > 2:  # noqa: PLR2004 - a first, a middle and a last name
        last = dict.fromkeys((straight[-1], parts.family[0]))  # either of two surnames
        pairs = ((straight[0], each) for each in last)
        words += [(Rank.SHORT, turn) for pair in pairs for turn in (pair, pair[::-1])]
    for rank, spelled in dict.fromkeys(words):
        yield from _ranked(rank, spelled)


def claimed_words(text: str) -> tuple[str, ...]:
    """Split a text where a new word begins: at characters other than letters, and at capitals."""
    return tuple(
        part
        for word in _WORD.findall(unicodedata.normalize("NFC", text))
        for part in CAPITAL.sub(" ", word).split()
    )


@lru_cache(maxsize=16384)  # of each person, several times in one sweep
def owner_key(name: str) -> str:
    """Return a key of a name that ignores the order of its words: `John Doe` equals `DoeJohn`."""
    words, *_ = folded_words(claimed_words(name))
    return " ".join(sorted(map(latin_lookalike, words)))


def _ranked(rank: Rank, words: tuple[str, ...]) -> Iterator[Spelling]:
    """Yield the spellings of words: as a handle, in other ASCII forms, and with look-alikes."""
    first, *others = folded_words(words)
    turned = rank > Rank.NAME
    yield from spelled_words(rank, (first,))
    yield from spelled_words(rank if turned else Rank.OTHER, tuple(others))
    if (alike := tuple(map(latin_lookalike, first))) != first:  # others are found as they are
        yield from spelled_words(Rank.ALIKE, (alike,))


def spelled_words(rank: Rank, ways: tuple[tuple[str, ...], ...]) -> Iterator[Spelling]:
    """Join folded words, and note where each begins."""
    for words in ways:
        cuts = frozenset(accumulate(map(len, words[:-1])))
        yield Spelling(rank, "".join(words), cuts)


def latin_lookalike(word: str) -> str:
    """Replace letters and digits by the Latin letters that they look like."""
    return word if word.isascii() and word.isalpha() else word.translate(CONFUSABLES)


def exact_handle(handle: str) -> str:
    """Mark a handle in its exact letters; other letters could be another name without spaces."""
    return f"={handle}"


def plain_text(text: str) -> str:
    """Keep letters as they are written; case and spaces do not matter."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return plain if any(map(str.isalnum, plain)) else ""
