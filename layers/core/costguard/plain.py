"""Text that others wrote, made harmless and short before it enters a sentence of ours. Pure."""

import unicodedata


def plain(text: str, limit: int = 80) -> str:
    """Drop control, bidi and zero-width characters, fold white space, cut at `limit`."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    folded = " ".join(kept.split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def count(number: int, thing: str) -> str:
    """Say `1 instance`, `3 instances`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
