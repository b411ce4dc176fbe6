"""JSON that was right, with one piece of it replaced or left out."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.property.strategies import json_values

type Path = tuple[str | int, ...]

_LEFT_OUT = object()
ODD = st.sampled_from(
    [
        *("2026-11-23T14:00:00", "2026-11-23", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"),
        *(float("nan"), float("inf"), -1, 1e300, 10**400, "NaN", "1e999", "\ud800", "\x1b[31m", ""),
        *(None, True, [], {}, [None], "later", "arn:aws:x", "x" * 3000, _LEFT_OUT),
    ]
)


@st.composite
def mutants(draw: st.DrawFn, right: Any) -> Any:
    """Draw a mutant of a JSON value."""
    path = draw(st.sampled_from([*_paths(right)]))
    return _put(deepcopy(right), path, draw(ODD | json_values))


def _paths(value: Any, so_far: Path = ()) -> Iterator[Path]:
    inner = value.items() if isinstance(value, dict) else ()
    for key, each in enumerate(value) if isinstance(value, list) else inner:
        yield (*so_far, key)
        yield from _paths(each, (*so_far, key))


def _put(value: Any, path: Path, new: object) -> Any:
    *before, last = path
    part = value
    for key in before:
        part = part[key]
    if new is _LEFT_OUT:
        del part[last]
    else:
        part[last] = new
    return value
