"""Write IAM actions shorter, so that a policy fits: with a `*` behind the words that tell them."""

import re
from collections.abc import Collection, Iterable

_NEXT_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def shortened(actions: Iterable[str], spared: Collection[str]) -> tuple[str, ...]:
    """Cut each action where no spared one begins alike; what AWS adds later and begins so matches.

    Its first word and one more stay, that a reader knows what is meant.
    """
    patterns = {_pattern(action, spared) for action in actions}
    return tuple(sorted(each for each in patterns if not _is_covered(each, patterns)))


def _pattern(action: str, spared: Collection[str]) -> str:
    ends = [found.start() for found in _NEXT_WORD.finditer(action)][1:]
    for begin in (action[:end] for end in ends):
        if not any(each.startswith(begin) for each in spared):
            return min(f"{begin}*", action, key=len)
    return action


def _is_covered(pattern: str, patterns: Collection[str]) -> bool:
    """Tell whether another pattern matches all that this one does."""
    others = (each for each in patterns if each != pattern and each.endswith("*"))
    return any(pattern.startswith(each[:-1]) for each in others)
