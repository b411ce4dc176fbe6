"""From TOML to frozen values, by their annotations; every problem is collected.

A class that reads itself from one string has a `parse` classmethod that raises ValueError with the
expected form as its message.
"""

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from costguard.common.datetimes import parse_duration
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS

_BAD = object()
_EXPECTED = {bool: "true or false", int: "a whole number, zero or more", str: "a text"}


class Decoder:
    """Reads values and remembers what was wrong, as `path: expected …, got …`."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def refuse(self, path: str, value: object, expected: str) -> Any:
        """Note a problem; the placeholder returned is dropped with the whole policy."""
        self.problems.append(f"{path}: expected {expected}, got {_shown(value)}")
        return _BAD

    def table(self, cls: type[Any], raw: object, path: str) -> Any:
        """Read a TOML table into the Struct `cls`."""
        if not isinstance(raw, Mapping):
            return self.refuse(path, raw, "a table")
        known, hints = {f.name: f for f in fields(cls)}, get_type_hints(cls)
        for key in raw.keys() - known.keys():
            close = get_close_matches(key, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            self.problems.append(f"{_join(path, key)}: no such setting{hint}")
        values = {
            name: self.value(hints[name], raw[name], _join(path, name))
            for name in known
            if name in raw
        }
        for name, field in known.items():
            if name not in raw and field.required:
                self.problems.append(f"{_join(path, name)}: missing")
                values[name] = _BAD
        return cls(**values) if _BAD not in values.values() else _BAD

    def value(self, kind: Any, raw: object, path: str) -> Any:
        """Read one value as the annotation `kind` asks."""
        origin, args = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self.value(args[0], raw, path)  # `X | None`: absent is None, TOML has no null
        if origin is PerKind:
            return self._per_kind(args[0], raw, path)
        return self._collection(origin, args, raw, path) if origin else self._plain(kind, raw, path)

    def _collection(self, origin: Any, args: tuple[Any, ...], raw: object, path: str) -> Any:
        """Read a list into a tuple, or a table into a dictionary."""
        if origin is tuple:
            if not isinstance(raw, list):
                return self.refuse(path, raw, "a list")
            return self._all(
                tuple, [self.value(args[0], v, f"{path}[{i}]") for i, v in enumerate(raw)]
            )
        if not isinstance(raw, Mapping):
            return self.refuse(path, raw, "a table")
        values = {
            self.value(args[0], key, _join(path, key)): self.value(args[1], v, _join(path, key))
            for key, v in raw.items()
        }
        return _BAD if _BAD in values else self._named(dict, values)

    def _plain(self, kind: Any, raw: object, path: str) -> Any:
        if kind is datetime:
            good = isinstance(raw, datetime) and raw.tzinfo is not None
            return (
                raw
                if good
                else self.refuse(path, raw, "a time with its zone: 2026-12-24T18:00:00Z")
            )
        if kind is date:
            good = type(raw) is date
            return raw if good else self.refuse(path, raw, "a date: 2026-12-24")
        if kind is Decimal:
            usd = Decimal(raw) if type(raw) is int else raw
            good = isinstance(usd, Decimal) and usd.is_finite() and usd >= 0
            return usd if good else self.refuse(path, raw, "USD, zero or more: 250 or 99.50")
        if kind in _EXPECTED:
            good = type(raw) is kind and not (kind is int and isinstance(raw, int) and raw < 0)
            return raw if good else self.refuse(path, raw, _EXPECTED[kind])
        if isinstance(kind, type) and issubclass(kind, Struct) and not hasattr(kind, "parse"):
            return self.table(kind, raw, path)
        return self._parsed(kind, raw, path)

    def _parsed(self, kind: Any, raw: object, path: str) -> Any:
        """Read a string that has a form of its own: an enum, a duration, a pattern."""
        if not isinstance(raw, str):
            return self.refuse(path, raw, "a text")
        if isinstance(kind, type) and issubclass(kind, Enum):
            words = [str(member.value) for member in kind]
            return (
                kind(raw) if raw in words else self.refuse(path, raw, "one of " + ", ".join(words))
            )
        parse: Callable[[str], Any] = parse_duration if kind is timedelta else kind.parse
        try:
            return parse(raw)
        except ValueError as exc:
            return self.refuse(path, raw, str(exc))

    def _per_kind(self, kind: Any, raw: object, path: str) -> Any:
        if not isinstance(raw, Mapping):
            value = self.value(kind, raw, path)
            return value if value is _BAD else for_all(value)
        for name in raw.keys() - KINDS.keys() - {"*"}:
            self.refuse(_join(path, name), name, "a kind (" + ", ".join(KINDS) + ") or '*'")
        return self._named(
            PerKind, {k: self.value(kind, v, _join(path, k)) for k, v in raw.items()}
        )

    def _all(self, make: Callable[[list[Any]], Any], values: list[Any]) -> Any:
        return _BAD if _BAD in values else make(values)

    def _named(self, make: Callable[[dict[str, Any]], Any], values: dict[str, Any]) -> Any:
        return _BAD if _BAD in values.values() else make(values)


def _shown(value: object) -> str:
    """Write a value much as its author did: numbers and times have other names in Python."""
    match value:
        case Decimal() | date() | time():
            return str(value)
        case list():
            return f"[{', '.join(map(_shown, value))}]"
        case dict():
            return "{" + ", ".join(f"{key!r}: {_shown(v)}" for key, v in value.items()) + "}"
        case _:
            return repr(value)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
