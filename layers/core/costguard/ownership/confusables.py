"""Letters that look like a Latin letter or like nothing, and the letter they are folded into.

A hand-picked part of Unicode's confusables (UTS 39), for folded text: lower case, no accents. AWS
allows any letter in a tag; names of notebooks and jobs are ASCII, so only digits can deceive.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_ALIKE = {
    "a": "\u0430\u03b1\u0251",  # Cyrillic, Greek, phonetic
    "b": "\u044c\u0184",
    "c": "\u0441\u03f2\u1d04",
    "d": "\u0501",
    "e": "\u0435\u0454",
    "g": "\u0261\u0581",
    "h": "\u04bb\u0570",
    "i": "\u0456\u03b9\u0131",
    "j": "\u0458\u03f3",
    "k": "\u043a\u03ba",
    "l": "1\u04cf\u01c0",
    "m": "\u043c",
    "n": "\u0578\u057c",
    "o": "0\u043e\u03bf\u0585",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "r": "\u0433",
    "s": "\u0455",
    "t": "\u0442\u03c4",
    "u": "\u03c5\u057d",
    "v": "\u03bd\u0475",
    "w": "\u051d\u0461",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3",
    "z": "\u1d22",
}
_NOTHING = "\u115f\u1160"  # Hangul fillers: letters that nobody sees
CONFUSABLES: Mapping[int, str] = str.maketrans(
    {other: latin for latin, others in _ALIKE.items() for other in others}
    | dict.fromkeys(_NOTHING, "")
)
_FOLDED = str.maketrans(
    {c: c.lower().translate(CONFUSABLES) if c.isalnum() else "" for c in map(chr, range(128))}
)
"""The same for ASCII, in one step: what nearly every name and tag is written in."""


@lru_cache(maxsize=16384)  # the same few tags and words, again and again in a sweep
def fold_name(text: str) -> str:
    """Make two spellings of one name equal: case, accents, spaces, punctuation, look-alikes."""
    if text.isascii():
        return text.translate(_FOLDED)
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if c.isalnum()).translate(CONFUSABLES)
