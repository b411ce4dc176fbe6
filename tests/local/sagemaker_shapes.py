"""What the service model allows and what it forbids, made from its shapes and nothing else."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

type Path = tuple[str, ...]
ITEM, KEY = "1.member", "x"
MISSING = object()
"""In the place of a value: the member is not given."""
_DEEPEST = 7  # where all but nests have ended
_LONGEST = 10_000
_ODD = ("", "_", "-", " ", "\n", "\t", "é", ";", "a b", "_starts", "name.", "Doe_John", "\0")
_JAVA = {
    r"\p{L}\p{Z}\p{N}": r"\w ",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\uD800\uDC00-\uDBFF\uDFFF": "",
}
"""Classes that Python has no words for; some have few characters here."""


def python_of(pattern: str) -> re.Pattern[str]:
    """Write a pattern of the model so that Python reads it."""
    for java, python in _JAVA.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.DOTALL)


def legal(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Draw a value that a shape allows: whatever it requires, and some of what it does not."""
    if isinstance(shape, StructureShape):
        return _legal_structure(shape, depth)
    least = shape.metadata.get("min", 0)
    size = {"min_size": least, "max_size": min(shape.metadata.get("max", least + 2), least + 2)}
    if isinstance(shape, ListShape):
        return st.lists(legal(shape.member, depth + 1), **size)
    if isinstance(shape, MapShape):
        return st.dictionaries(legal(shape.key), legal(shape.value, depth + 1), **size)
    return _legal_scalar(shape.type_name, shape.metadata)


def _legal_scalar(type_name: str, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    if type_name in {"integer", "long"}:
        return st.integers(limits.get("min"), limits.get("max", 2**31 - 1))
    if type_name in {"float", "double"}:
        return st.floats(limits.get("min"), limits.get("max"), allow_nan=False)
    if type_name == "timestamp":
        return st.just(datetime(2026, 11, 28, tzinfo=UTC))
    return st.booleans() if type_name == "boolean" else _legal_text(limits)


def _legal_structure(shape: StructureShape, depth: int) -> st.SearchStrategy[Any]:
    if getattr(shape, "is_tagged_union", False):
        ways = ({name: legal(each, depth + 1)} for name, each in shape.members.items())
        return st.one_of([st.fixed_dictionaries(way) for way in ways])
    needed = {name: legal(shape.members[name], depth + 1) for name in shape.required_members}
    others = set() if depth > 1 else shape.members.keys() - needed.keys()
    return st.fixed_dictionaries(
        needed, optional={name: legal(shape.members[name], depth + 1) for name in sorted(others)}
    )


def _legal_text(limits: dict[str, Any]) -> st.SearchStrategy[str]:
    if "enum" in limits:
        return st.sampled_from(limits["enum"])
    least, most = limits.get("min", 0), limits.get("max", _LONGEST)
    if "pattern" not in limits:
        return st.text("az09", min_size=least, max_size=min(most, least + 9))
    return _matching(limits["pattern"]).filter(lambda text: least <= len(text) <= most)


@cache
def _matching(pattern: str) -> st.SearchStrategy[str]:
    small = pattern.replace(r"\uD7FF\uE000-\uFFFD", "~")  # a class of thousands takes minutes
    characters = st.characters(codec="ascii")
    return st.from_regex(python_of(small), fullmatch=True, alphabet=characters)


def forbidden(shape: Shape) -> Iterator[object]:
    """Make values that a shape's own limits rule out, one limit at a time."""
    limits = shape.metadata
    if isinstance(shape, StructureShape):
        if getattr(shape, "is_tagged_union", False):
            yield {}
    elif "enum" in limits:
        yield "no-such-word"
    elif shape.type_name in {"integer", "long", "float", "double"}:
        yield from (limits[bound] + step for bound, step in _STEPS.items() if bound in limits)
    elif isinstance(shape, ListShape):
        yield from ([_some(shape.member)] * size for size in _sizes(limits))
    elif isinstance(shape, MapShape):
        keys = ([f"k{each}" for each in range(size)] for size in _sizes(limits))
        yield from (dict.fromkeys(each, _some(shape.value)) for each in keys)
    elif shape.type_name == "string":
        yield from ("a" * size for size in _sizes(limits))
        yield from _against_pattern(limits)


def _some(shape: Shape) -> object:
    """Make a value of a type, whatever its limits are."""
    kinds = {"structure": {}, "map": {}, "list": [], "string": "a", "boolean": True}
    return kinds.get(shape.type_name, 1)


_STEPS = {"min": -1, "max": 1}


def _sizes(limits: dict[str, Any]) -> Iterator[int]:
    """Say how long is too short, and how long too long."""
    if limits.get("min", 0) > 0:
        yield limits["min"] - 1
    if limits.get("max", _LONGEST) < _LONGEST:
        yield limits["max"] + 1


def _against_pattern(limits: dict[str, Any]) -> Iterator[str]:
    if "pattern" in limits:
        form = python_of(limits["pattern"])
        yield from (odd for odd in _ODD if not form.fullmatch(odd))


def members(shape: Shape, path: Path = ()) -> Iterator[tuple[Path, Shape]]:
    """List every member of a request, however deep."""
    yield path, shape
    if len(path) > _DEEPEST:
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from members(member, (*path, name))
    elif isinstance(shape, ListShape):
        yield from members(shape.member, (*path, ITEM))
    elif isinstance(shape, MapShape):
        yield from members(shape.value, (*path, KEY))


def nested(path: Path, value: object) -> Any:
    """Put a value where a path leads."""
    for name in reversed(path):
        value = [value] if name == ITEM else {} if value is MISSING else {name: value}
    return value
