"""What a document offers to copy into a shell: its blocks, and the words in its text."""

import re

_FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELLS = {"", "bash", "sh", "console"}


def blocks_of(text: str) -> list[str]:
    """Give the blocks that are of a shell, or of nothing that is said."""
    return [block for language, block in _FENCE.findall(text) if language in _SHELLS]


def inline_of(text: str) -> list[str]:
    """Give what stands between backquotes outside the blocks."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))
