"""Decode TOML into frozen values by their annotations, and collect every problem.

A class that is read from one string has a `parse` classmethod, which raises ValueError with the
expected form as its message; it may have a `hint` and an `oddity`. A check in an annotation
(`Annotated[str, email_address]`) is called for every decoded value.
"""

import types
from collections.abc import Callable, Mapping
from copy import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from costguard.common.datetimes import parse_duration
from costguard.common.remarks import Check, Odd, Path, Remark, Wrong, spelled
from costguard.costs.by_price import ByPrice, PriceRange, for_any_price, overlapping
from costguard.policy.suggestions import MOST, did_you_mean, fix_of, fix_of_list
from costguard.policy.tables import where_it_belongs
from costguard.policy.toml_text import shown
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS

_BAD = object()
_EXPECTED = {
    bool: "true or false",
    int: "a whole number, zero or more",
    str: "a text",
    date: "a date: 2026-12-24",
    datetime: "a time with its zone: 2026-12-24T18:00:00Z",
    Decimal: "USD, zero or more: 250 or 99.50",
    timedelta: "a duration such as '90s', '15m', '4h' or '2d', ten years at most",
}


class Decoder:
    """Reads values and collects remarks about them."""

    def __init__(self) -> None:
        self.remarks: list[Remark] = []
        self._hints: dict[type[Any], dict[str, Any]] = {}

    def refuse(self, path: Path, value: object, expected: str, fix: str = "") -> Any:
        """Record a problem; the returned placeholder is dropped with the whole policy."""
        says = f"expected {expected}, got {shown(value)}" + (f"; {fix}" if fix else "")
        self.remarks.append(Remark(path=path, says=says))
        return _BAD

    def refuse_key(self, path: Path, says: str, fix: str = "") -> Any:
        """Record a problem of a key."""
        says += f"; {fix}" if fix else ""
        self.remarks.append(Remark(path=path, says=says, of_key=True))
        return _BAD

    def table(self, cls: type[Any], raw: object, path: Path) -> Any:
        """Read a TOML table into the Struct `cls`."""
        if not isinstance(raw, Mapping):
            return self.refuse(path, raw, "a table", fix_of(cls, raw))
        known, hints = {f.encode_name: f for f in fields(cls)}, self._hints_of(cls)
        for key in raw.keys() - known.keys():
            here = tuple(step for step in path if isinstance(step, str))
            fix = where_it_belongs(key, here) or did_you_mean(key, known)
            self.refuse_key((*path, key), "no such setting", fix)
        values = {
            field.name: self.value(hints[field.name], raw[name], (*path, name))
            for name, field in known.items()
            if name in raw
        }
        for name, field in known.items():
            if name not in raw and field.required:
                values[field.name] = self.refuse_key((*path, name), "missing")
        return _unless_bad(values.values(), lambda: cls(**values))

    def value(self, kind: Any, raw: object, path: Path) -> Any:
        """Read one value of the type `kind`."""
        origin, args = get_origin(kind), get_args(kind)
        if origin in {Union, types.UnionType}:
            return self.value(args[0], raw, path)  # `X | None`: absent is None, TOML has no null
        if origin is Annotated:
            return self._checked(self.value(args[0], raw, path), raw, args[1:], path)
        if origin is PerKind:
            return self._per_kind(args[0], raw, path)
        if origin is ByPrice:
            return self._by_price(args[0], raw, path)
        if origin is tuple:
            return self._list(args[0], raw, path)
        return self._mapping(args, raw, path) if origin else self._plain(kind, raw, path)

    def _hints_of(self, cls: type[Any]) -> dict[str, Any]:
        """Resolve a class's annotations, once for all the people of a roster."""
        if cls not in self._hints:
            self._hints[cls] = get_type_hints(cls, include_extras=True)
        return self._hints[cls]

    def _checked(self, value: Any, raw: object, checks: tuple[Check[Any], ...], path: Path) -> Any:
        """Run the checks of a decoded value."""
        for check in checks if value is not _BAD else ():
            answer = check(value)
            if isinstance(answer, Wrong):
                return self.refuse(path, raw, answer.expected, answer.fix)
            if isinstance(answer, Odd):
                self._note(path, raw, answer.says)
        return value

    def _note(self, path: Path, raw: object, says: str) -> None:
        self.remarks.append(Remark(path=path, says=f"{shown(raw)} {says}", odd=True))

    def _list(self, kind: Any, raw: object, path: Path) -> Any:
        if not isinstance(raw, list):
            return self.refuse(path, raw, "a list", fix_of_list(kind, raw, spelled(path)))
        values = [self.value(kind, each, (*path, i)) for i, each in enumerate(raw)]
        return _unless_bad(values, lambda: tuple(values))

    def _mapping(self, args: tuple[Any, ...], raw: object, path: Path) -> Any:
        if not isinstance(raw, Mapping):
            return self.refuse(path, raw, "a table")
        begun = len(self.remarks)
        keys = [self.value(args[0], key, (*path, key)) for key in raw]
        self.remarks[begun:] = [replace(each, of_key=True) for each in self.remarks[begun:]]
        values = [self.value(args[1], each, (*path, key)) for key, each in raw.items()]
        return _unless_bad([*keys, *values], lambda: dict(zip(keys, values, strict=True)))

    def _per_kind(self, kind: Any, raw: object, path: Path) -> Any:
        if not isinstance(raw, Mapping):
            value = self.value(kind, raw, path)
            return value if value is _BAD else for_all(value)
        for name in raw.keys() - KINDS.keys() - {"*"}:
            expected = f"expected a kind ({', '.join(KINDS)}) or '*', got {shown(name)}"
            self.refuse_key((*path, name), expected, did_you_mean(name, KINDS))
        values = {name: self.value(kind, each, (*path, name)) for name, each in raw.items()}
        return _unless_bad(values.values(), lambda: PerKind(values))

    def _by_price(self, kind: Any, raw: object, path: Path) -> Any:
        if not isinstance(raw, Mapping):
            value = self.value(kind, raw, path)
            return value if value is _BAD else for_any_price(value)
        ranges = {key: value for key, value in raw.items() if key != "*"}
        values = self._mapping((PriceRange, kind), ranges, path)
        for first, second in overlapping(ranges):
            says = f"covers prices that {shown(first)} covers, too"
            values = self.refuse_key((*path, second), says, "keep one of them")
        if "*" not in raw:
            return self.refuse_key((*path, "*"), "missing", "it is for all other prices")
        rest = self.value(kind, raw["*"], (*path, "*"))
        return _unless_bad((rest, values), lambda: ByPrice(rest, values))

    def _plain(self, kind: Any, raw: object, path: Path) -> Any:
        if kind is Decimal and type(raw) is int:
            raw = Decimal(raw)
        if kind in _EXPECTED and kind is not timedelta:
            good = type(raw) is kind and _in_range(raw)
            return raw if good else self.refuse(path, raw, _EXPECTED[kind], fix_of(kind, raw))
        if issubclass(kind, Struct) and not hasattr(kind, "parse"):
            return self.table(kind, raw, path)
        if issubclass(kind, Enum):
            words = [str(member.value) for member in kind]
            if isinstance(raw, str) and raw in words:
                return kind(raw)
            fix = did_you_mean(raw, words) or fix_of(kind, raw)
            return self.refuse(path, raw, "one of " + ", ".join(words), fix)
        return self._parsed(kind, raw, path)

    def _parsed(self, kind: Any, raw: object, path: Path) -> Any:
        """Read a text with a form: a duration, hours, a zone, a pattern."""
        parse: Callable[[str], Any] = parse_duration if kind is timedelta else kind.parse
        try:
            value = parse(raw if isinstance(raw, str) else "")
        except ValueError as exc:
            return self.refuse(path, raw, str(exc), fix_of(kind, raw))
        if oddity := getattr(value, "oddity", ""):
            self._note(path, raw, oddity)
        return value


def _in_range(value: object) -> bool:
    """Return whether a value is plausible: numbers are neither below 0 nor huge."""
    match value:
        case datetime():
            return value.tzinfo is not None
        case Decimal():
            return value.is_finite() and 0 <= value <= MOST
        case int():
            return 0 <= value <= MOST
        case _:
            return True


def _unless_bad(values: Any, make: Callable[[], Any]) -> Any:
    return _BAD if any(value is _BAD for value in values) else make()
