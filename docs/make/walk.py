"""Every setting that a policy may have, found in the classes that read it."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from costguard.common.calendar import DailyWindow, Zone
from costguard.costs.by_price import ByPrice
from costguard.policy.model import Policy, RuleOverrides
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import PerKind
from costguard.rules import RULES

_FORMS: Mapping[Any, str] = {
    bool: "true or false",
    int: "whole number",
    str: "text",
    Decimal: "USD",
    timedelta: "duration",
    date: "date",
    datetime: "time with its zone",
    Zone: "time zone",
    DailyWindow: "hours",
    NamePattern: "name pattern",
}
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the reference."""

    path: str  # `rules.idle.office.hours`, `people[].name`, `notify.words.<stage>.ask`
    form: str
    default: str  # as TOML would say it; empty where there is none


def settings() -> Iterator[Setting]:
    """Yield all, in the order of the classes."""
    yield from _of(Policy, "", skip=("rules",))
    yield from _of(RuleOverrides, "rules.<rule>.")
    for rule in RULES.values():
        yield from _of(type(rule.options), f"rules.{rule.id}.")


def _of(cls: type[Any], path: str, skip: tuple[str, ...] = ()) -> Iterator[Setting]:
    hints = get_type_hints(cls)
    for field in fields(cls):
        if field.name not in skip:
            given = field.default_factory() if callable(field.default_factory) else field.default
            yield from _setting(hints[field.name], path + field.encode_name, given)


def _setting(kind: Any, path: str, default: Any) -> Iterator[Setting]:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        kind = args[0]
        origin, args = get_origin(kind), get_args(kind)
    if _is_table(kind):
        yield from _of(kind, f"{path}.")
    elif origin is tuple and _is_table(args[0]):
        yield from _of(args[0], f"{path}[].")
    elif args and _is_table(args[-1]):
        yield from _of(args[-1], f"{path}.<{key_of(path)}>.")
    else:
        yield Setting(path, form_of(kind), _required(default))


def key_of(path: str) -> str:
    """Say what the keys of a table of tables are."""
    return {"accounts": "account"}.get(path, "stage")


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct) and kind not in (*_FORMS, PerKind)


def form_of(kind: Any) -> str:
    """Say what may stand there."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is PerKind:
        return f"{form_of(args[0])}; one, or a table by kind"
    if origin is ByPrice:
        return f"{form_of(args[0])}; one, or a table by price"
    if origin is tuple:
        return f"list of {form_of(args[0])}"
    if origin:
        return f"table: {form_of(args[1])} by {form_of(args[0])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return _FORMS[kind]


def _required(default: Any) -> str:
    return "*required*" if default is NODEFAULT else said(getattr(default, "rest", default))


def said(value: Any) -> str:  # noqa: PLR0911 - one line a type
    """Write a value as the policy would; nothing for nothing."""
    match value:
        case None | ():
            return ""
        case PerKind(values=values):
            return said(values["*"] if values.keys() == {"*"} else values)
        case Mapping():
            pairs = (f"{key if key != '*' else '"*"'} = {said(v)}" for key, v in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else ""
        case tuple():
            return f"[{', '.join(map(said, value))}]"
        case Enum():
            return said(value.value)
        case timedelta():
            unit, size = next((u, s) for u, s in _UNITS.items() if not value % s)
            return said(f"{value // size}{unit}")
        case Zone(info=info):
            return said(info.key)
        case DailyWindow():
            return said(value.text)
        case NamePattern(text=text) | str(text):
            return f'"{text}"'
        case _:
            return str(value)
