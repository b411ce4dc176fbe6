"""All settings and their tables: for a setting in the wrong table."""

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from costguard.policy.model import Policy, RuleOverrides
from costguard.rules import RULES

_WHOLE = "above the first [table]"
_MOST = 3  # tables that one sentence names


def where_it_belongs(name: str, here: tuple[str, ...]) -> str:
    """Suggest the right table of a setting in another table; empty if there is none."""
    if name in RULES:
        return f"it is a rule: write [rules.{name}]"
    found = [table for table in _tables().get(name, ()) if table != ".".join(here)]
    named = [f"in [{table}]" if table else _WHOLE for table in found[:_MOST]]
    return f"it belongs {' or '.join(named)}" if named else ""


@cache
def _tables() -> Mapping[str, tuple[str, ...]]:
    """List by setting the tables that have it."""
    found: dict[str, list[str]] = {}
    for table, name in _settings():
        found.setdefault(name, []).append(table)
    return {name: tuple(dict.fromkeys(tables)) for name, tables in found.items()}


def _settings() -> Iterator[tuple[str, str]]:
    yield from ((table, name) for table, name in _of(Policy, "") if "rules" not in table)
    yield from _of(RuleOverrides, "rules.NAME")
    for rule in RULES.values():
        yield from _of(type(rule.options), f"rules.{rule.id}")


def _of(cls: type[Any], table: str) -> Iterator[tuple[str, str]]:
    """Yield the settings of a table, then those of the tables in it."""
    hints = get_type_hints(cls)
    yield from ((table, field.name) for field in fields(cls))
    for field in fields(cls):
        path = ".".join(filter(None, (table, field.name)))
        for inner, form in _inner(hints[field.name]):
            yield from _of(inner, form.format(path))


def _inner(kind: Any) -> Iterator[tuple[type[Any], str]]:
    """Yield the table that a setting contains, if any, and the form of its header."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType, Annotated}:
        yield from _inner(args[0])
    elif origin is tuple:
        yield from ((inner, "[{}]") for inner, _ in _inner(args[0]))
    elif origin is Mapping:
        yield from ((inner, "{}.NAME") for inner, _ in _inner(args[1]))
    elif isinstance(kind, type) and issubclass(kind, Struct) and not hasattr(kind, "parse"):
        yield kind, "{}"
