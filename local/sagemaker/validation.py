"""A request against the shapes of the service model, refused as AWS refuses it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local.sagemaker.errors import AwsError, constraints

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str, datetime),
}
_IN_PYTHON = {
    r"\p{L}": r"\w",  # with digits and _, which stand beside it wherever it is used
    r"\p{N}": r"\d",
    r"\p{Z}": r"\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
}
"""What Java has in character classes and Python has not."""


def accept(shape: StructureShape, value: Any) -> dict[str, Any]:
    """Give the known members with times as datetimes; raise one error naming every problem.

    Members AWS does not know are dropped, as its JSON protocol does.
    """
    cleaned: dict[str, Any] = _clean(shape, value)
    problems = tuple(_problems(shape, cleaned, ""))
    if problems:
        raise constraints(problems)
    return cleaned


def _clean(shape: Shape, value: Any) -> Any:
    if not isinstance(value, _TYPES[shape.type_name]) or (
        isinstance(value, bool) and shape.type_name != "boolean"
    ):
        raise AwsError("SerializationException", f"{value!r} cannot be read as {shape.type_name}")
    return _parts(shape, value)


def _parts(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        present = ((n, s) for n, s in shape.members.items() if value.get(n) is not None)
        return {name: _clean(member, value[name]) for name, member in present}
    if isinstance(shape, ListShape):
        return [_clean(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: _clean(shape.value, item) for key, item in value.items()}
    return _moment(value) if shape.type_name == "timestamp" else value


def _moment(value: float | str | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(value, UTC)


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for constraint in _violated(shape, value):
        yield f"Value {_shown(value)} at '{path}' failed to satisfy constraint: {constraint}"
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            inner = f"{path}.{_camel(name)}" if path else _camel(name)
            if name in value:
                yield from _problems(member, value[name], inner)
            elif name in shape.required_members:
                yield (
                    f"Value null at '{inner}' failed to satisfy constraint: Member must not be null"
                )
    elif isinstance(shape, ListShape):
        for position, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, f"{path}.{position}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.key, key, f"{path}.{key}.key")
            yield from _problems(shape.value, item, f"{path}.{key}.member")


def _violated(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield "Member must have exactly one of its members"  # the text: guess
    measure, kind = (
        (value, "value") if isinstance(value, int | float) else (_length(value), "length")
    )
    if measure is not None and "max" in limits and measure > limits["max"]:
        yield f"Member must have {kind} less than or equal to {limits['max']}"
    if measure is not None and "min" in limits and measure < limits["min"]:
        yield f"Member must have {kind} greater than or equal to {limits['min']}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    if "pattern" in limits and not _compiled(limits["pattern"]).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str | list | dict) else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of Java."""
    for java, python in _IN_PYTHON.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.DOTALL)


def _shown(value: Any) -> str:
    return f"'{value}'"


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
