"""layers/policy/policy.schema.json: the policy as editors check and complete it while it is typed.

It says what the classes that read the policy say. What only the whole file shows (a wrong time
zone, two settings that contradict each other) is left to `costguard policy check`.
"""

import json
import tomllib
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from costguard.common.forms import account_id, at_least_one
from costguard.costs.by_price import ByPrice, PriceRange
from costguard.policy.model import Policy, RuleOverrides
from costguard.policy.suggestions import MOST
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from docs.make.reference import WORDS
from docs.make.walk import key_of, said

PATH = Path(__file__).parents[2] / "layers" / "policy" / "policy.schema.json"
DURATION = r"^\s*[0-9]{1,9}[dhms](\s*[0-9]{1,9}[dhms])*\s*$"
type Schema = dict[str, Any]
_PLAIN: Mapping[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0, "maximum": MOST},
    str: {"type": "string"},
    Decimal: {"type": "number", "minimum": 0, "maximum": MOST},
    timedelta: {"type": "string", "pattern": DURATION},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}
_CHECKED: Mapping[str, Schema] = {
    at_least_one.__name__: {"minItems": 1},
    account_id.__name__: {"pattern": "^[0-9]{12}$"},
    "_a_kind": {"enum": list(KINDS)},
    "_a_rule": {"enum": list(RULES)},
}


def document() -> str:
    """Write it."""
    top = _table(Policy, "")
    rules = {rule.id: _rule(type(rule.options), rule.id, rule.title) for rule in RULES.values()}
    top["properties"]["rules"] = _closed(rules)
    about: Schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Costguard's policy",
    }
    about |= {"definitions": {"duration": _PLAIN[timedelta]}}
    return json.dumps(about | top, indent=1, ensure_ascii=False) + "\n"


def _rule(options: type[Any], rule: str, title: str) -> Schema:
    """Describe a rule's own settings and those that every rule has."""
    own, common = _table(options, f"rules.{rule}."), _table(RuleOverrides, "rules.<rule>.")
    properties = common["properties"] | own["properties"]
    return own | {"description": f"{title}.", "properties": properties}


def _table(cls: type[Any], path: str) -> Schema:
    hints = get_type_hints(cls, include_extras=True)
    known = [field for field in fields(cls) if field.encode_name != "rules" or path]
    properties = {
        field.encode_name: _setting(hints[field.name], path + field.encode_name, field)
        for field in known
    }
    return _closed(properties, [field.encode_name for field in known if field.required])


def _setting(kind: Any, path: str, field: Any) -> Schema:
    """Describe one setting: what it may be, what it means, and its default."""
    default = field.default_factory() if callable(field.default_factory) else field.default
    found = dict(_schema(kind, path))
    if words := WORDS.get(path):
        found["description"] = words["means"]
        given = "" if field.required else said(getattr(default, "rest", default))
        found |= {"default": json.loads(_as_json(given))} if given else {}
    return found


def _schema(kind: Any, path: str) -> Schema:
    """Describe a type as the decoder reads it."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _schema(args[0], path)
    if origin is Annotated:
        checks = (_CHECKED.get(getattr(check, "__name__", ""), {}) for check in args[1:])
        return _schema(args[0], path) | {
            key: value for each in checks for key, value in each.items()
        }
    if origin in _TABLES:
        return _TABLES[origin](_schema(args[0], path))
    if origin is tuple:
        return {"type": "array", "items": _schema(args[0], f"{path}[].")}
    if origin:
        values = {"additionalProperties": _schema(args[1], f"{path}.<{key_of(path)}>.")}
        return {"type": "object", "propertyNames": _schema(args[0], path), **values}
    return _PLAIN[kind] if kind in _PLAIN else _class(kind, path)


def _class(kind: type[Any], path: str) -> Schema:
    """Describe a class: words, a table, or a text with a form that the parser alone knows."""
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if issubclass(kind, Struct) and not hasattr(kind, "parse"):
        return _table(kind, path if path.endswith(".") else f"{path}.")
    return {"type": "string"}


def _by_kind(value: Schema) -> Schema:
    short = {"$ref": "#/definitions/duration"} if value == _PLAIN[timedelta] else value
    return {"anyOf": [value, _closed(dict.fromkeys((*KINDS, "*"), short))]}


def _by_price(value: Schema) -> Schema:
    table = _closed({"*": value}, ["*"])
    return {"anyOf": [value, table | {"patternProperties": {f"^{PriceRange.FORM}$": value}}]}


_TABLES: Mapping[Any, Callable[[Schema], Schema]] = {PerKind: _by_kind, ByPrice: _by_price}


def _closed(properties: Schema, required: list[str] | None = None) -> Schema:
    """Describe a table that has these settings and no others."""
    closed: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return closed | ({"required": required} if required else {})


def _as_json(written: str) -> str:
    """Turn a value as TOML writes it into JSON."""
    return json.dumps(tomllib.loads(f"given = {written}")["given"], default=str)
