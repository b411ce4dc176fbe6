"""Letters that ASCII lacks, as people write them in ASCII: `ü` is `ue` or `u`.

Unicode decomposition removes the accents of most letters. The table has letters that it does not
decompose, and letters that a language writes with two. The first form of a letter is for handles.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, product

_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "ä": ("ae", "a"),
    "ö": ("oe", "o"),
    "ü": ("ue", "u"),
    "ø": ("oe", "o"),
    "å": ("aa", "a"),
    "æ": ("ae",),
    "œ": ("oe",),
    "ß": ("ss",),
    "đ": ("d", "dj"),
    "ð": ("d",),
    "þ": ("th",),
    "\u0131": ("i",),
    "ŋ": ("ng",),
    "ə": ("e", "a"),
    "ĸ": ("k",),
}
_BASE = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]{1,2}) WITH ")
_MOST = 64  # forms of one name; a longer name uses its first forms


def ascii_word(word: str) -> str | None:
    """Write a word in ASCII letters and digits; None if it has a letter of another script."""
    if _is_plain(word):
        return word
    letters = [_ascii_letter(c) for c in unicodedata.normalize("NFC", word)]
    if None in letters:
        return None
    written = "".join(letter for letter in letters if letter)
    return written.upper() if word.isupper() and len(word) > 1 else written


@lru_cache(maxsize=16384)  # the same few tags and words, again and again in a sweep
def folded_words(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Fold words to lower case without accents or punctuation: once for each way to write them.

    Each letter of the table has one form throughout a result; the first result is for handles.
    """
    lower = tuple(unicodedata.normalize("NFKC", word).lower() for word in words)
    if all(map(_is_plain, lower)):
        return (lower,)
    letters = set("".join(lower))
    special = [letter for letter in _WRITTEN if letter in letters]
    choices = product(*(_WRITTEN[letter] for letter in special))
    ways = (tuple(zip(special, each, strict=True)) for each in islice(choices, _MOST))
    return tuple(dict.fromkeys(tuple(filter(None, _folded(lower, way))) for way in ways))


def _folded(lower: tuple[str, ...], written: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for word in lower:
        yield word if _is_plain(word) else _folded_word(word, written)


@lru_cache(maxsize=16384)  # a name is folded in several orders of its words
def _folded_word(word: str, written: tuple[tuple[str, str], ...]) -> str:
    forms = dict(written)
    return "".join(forms.get(char) or _letters(char) for char in word)


def _is_plain(word: str) -> bool:
    """Return whether there is nothing to write in another way, as in most words of a roster."""
    return word.isascii() and word.isalnum()


@lru_cache(maxsize=4096)
def _letters(char: str) -> str:
    """Write a letter without what Unicode or its name says is added to it."""
    return "".join(
        (_base(part) or part).lower()
        for part in unicodedata.normalize("NFKD", char)
        if part.isalnum() and unicodedata.category(part) != "Lm"  # an okina is an apostrophe
    )


def _ascii_letter(char: str) -> str | None:
    """Write one letter; empty for an accent or a punctuation mark."""
    written = _WRITTEN.get(char.lower(), (None,))[0]
    if written:
        return written.capitalize() if char.isupper() else written
    found = _letters(char.lower())
    if not found.isascii():
        return None
    return found.capitalize() if char.isupper() else found


def _base(char: str) -> str | None:
    """Return the letter under a stroke or a hook, which Unicode does not decompose."""
    found = _BASE.match(unicodedata.name(char, ""))
    return found[1] if found else None
