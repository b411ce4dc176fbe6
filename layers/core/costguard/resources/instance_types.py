"""The instance types that SageMaker has, and what a pattern of them can match.

`instance_types.txt` is written from botocore's model by `make layer`. AWS adds types: a pattern of
the right form that matches none of them is only odd.
"""

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Annotated

from costguard.common.remarks import Odd, Wrong

_FORM = "an instance type such as 'ml.g5.xlarge' or 'ml.g5.*'"
_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
_PATTERN = re.compile(r"[a-z0-9.*?\[\]!-]+")
_ALIKE, _SAME = 0.75, 0.88  # families, and whole types: so alike is a slip of the pen


@cache
def known_instance_types() -> frozenset[str]:
    """Read the types that AWS had when this was built."""
    text = (files("costguard.resources") / "instance_types.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


def instance_type_pattern(text: str) -> Wrong | Odd | None:
    """Want a pattern that can match a type; one that matches none of today's is odd."""
    if _matches(text):
        return None
    if not _can_match(text):
        return Wrong(_FORM, _fix(text))
    hint = f"; {fix}" if (fix := _fix(text)) else ""
    return Odd(f"matches no instance type that is known{hint}")


def _matches(pattern: str) -> bool:
    return any(fnmatchcase(each, pattern) for each in known_instance_types())


def _can_match(pattern: str) -> bool:
    """Tell whether a type of AWS's form could match, now or later."""
    literal = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    if literal == pattern:
        return bool(_TYPE.fullmatch(pattern))
    begins = literal.startswith("ml.") or "ml.".startswith(literal)
    return begins and bool(_PATTERN.fullmatch(pattern))


def _fix(text: str) -> str:
    """Say what was probably meant."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    if len(parts) > 1:
        each = [_corrected(part) or part for part in parts]
        return "write each by itself: [" + ", ".join(f'"{part}"' for part in each) + "]"
    found = _corrected(text)
    return f"did you mean '{found}'?" if found else ""


def _corrected(text: str) -> str | None:
    """Find the pattern that is meant: without `ml.`, without a size, in capitals, misspelled."""
    bare = text.strip().lower().replace("_", ".")
    if not bare.removeprefix("ml."):
        return None
    dotted = bare if bare.startswith("ml.") else f"ml.{bare}"
    for each in (bare, dotted, f"{dotted.rstrip('.')}.*"):
        if "." in each and _matches(each):
            return each
    family, _, size = dotted.removeprefix("ml.").partition(".")
    if "*" in family or not family:
        return None
    families = sorted({each.split(".")[1] for each in known_instance_types() if "." in each})
    for near in get_close_matches(family, families, n=3, cutoff=_ALIKE):
        if _matches(f"ml.{near}.{size or '*'}"):
            return f"ml.{near}.{size or '*'}"
    close = get_close_matches(dotted, sorted(known_instance_types()), n=1, cutoff=_SAME)
    return close[0] if close else None


InstanceTypePattern = Annotated[str, instance_type_pattern]
