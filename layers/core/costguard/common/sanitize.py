"""Make untrusted text harmless and short, before it becomes part of a message."""

import unicodedata


def single_line(text: str, limit: int = 80) -> str:
    """Drop control, bidi and zero-width characters, fold white space, cut at `limit`."""
    kept = text if text.isprintable() else "".join(map(_visible, text))
    folded = " ".join(kept.split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def multi_line(text: str, limit: int = 20_000) -> str:
    """Keep line breaks and spaces; drop all else that `single_line` drops, cut at `limit`."""
    lines = ("".join(c for c in line if unicodedata.category(c)[0] != "C") for line in _lines(text))
    whole = "\n".join(lines)
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def _visible(character: str) -> str:
    return " " if unicodedata.category(character)[0] == "C" else character


def _lines(text: str) -> list[str]:
    """Split at every line break of Unicode; a tab becomes a space."""
    return text.replace("\t", " ").splitlines()
