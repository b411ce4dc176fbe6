"""What the parser takes, the JSON Schema takes too: an editor never complains of a good policy.

Settings are made up from the schema itself, one at a time, with values that are nearly right.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from costguard.policy.loader import check_policy
from tests.contract.test_policy_schema import SCHEMA, problems

DURATIONS = ["0s", "15m", " 4h ", "1d 2h", "1d2h", "07m", "4H", "4 h", "-1h", "9999d", "1.5h", "9"]
TEXTS = [
    *("", " ", "x", "Jane Roe", "jane@example.org", "U0123456789", "#costguard", "UTC"),
    *("America/Chicago", "08:00-18:00", "22:00-24:00", "18:00", "ml.g5.*", "ml.m5.large", "*"),
    *("{LastnameFirstname}-{Purpose}", "sinkorswim-*", "a&b", "2027-01-11", "cs229.csv", "idle"),
    *("arn:aws:iam::123456789012:role/Admin", "{name} by {deadline}", "notebook-instance", "4h"),
]
KEYS = ["*", "x", "Project", "below $1/h", "above $2/h", "above 1", "notebook-instance", "app"]
ODD = [None, True, 0, 1, -1, 5.5, 10**12, "4h", "x", [], ["x"], {}, {"*": "1h"}]


def values(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Make up values of a node of the schema: right, nearly right, and now and then odd."""
    if "$ref" in node:
        return st.sampled_from(DURATIONS)
    if "anyOf" in node:
        return st.one_of(*map(values, node["anyOf"]))
    if "enum" in node:
        return st.sampled_from([*node["enum"], "x"])
    right: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "integer": st.integers(-1, 200),
        "number": st.decimals(-1, 200, places=2) | st.integers(0, 9),
        "string": _texts(node),
        "array": st.lists(st.deferred(lambda: values(node.get("items", {}))), max_size=2),
        "object": st.deferred(lambda: _tables(node)),
    }
    return st.one_of(*[right[node.get("type", "string")]] * 9, st.sampled_from(ODD))


def _texts(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    if node.get("format") == "date":
        return st.dates(date(2026, 1, 1), date(2028, 1, 1))
    if node.get("format") == "date-time":
        return st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}").map(_Plain)
    return st.sampled_from(DURATIONS if "pattern" in node else TEXTS)


def _tables(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    known = {name: values(of) for name, of in node.get("properties", {}).items()}
    needed = {name: known.pop(name) for name in node.get("required", [])}
    named = st.fixed_dictionaries(needed, optional=known)
    more = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    others = [st.dictionaries(st.sampled_from(KEYS), values(of), max_size=2) for of in more if of]
    return st.tuples(named, *others).map(
        lambda all_: {k: v for each in all_ for k, v in each.items()}
    )


class _Plain(str):
    """A value that TOML writes without quotes."""

    __slots__ = ()


def toml(value: Any) -> str:
    """Write a value in one line of TOML."""
    match value:
        case _Plain() | Decimal() | date() | datetime():
            return str(value)
        case dict():
            return "{ " + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + " }"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case None:
            return '"none"'
        case _:
            return json.dumps(value)


RULES = SCHEMA["properties"]["rules"]["properties"]
PLACES = [
    *(("", name, node) for name, node in SCHEMA["properties"].items() if name != "rules"),
    *(
        (f"rules.{rule}.", name, node)
        for rule, table in RULES.items()
        for name, node in table["properties"].items()
    ),
]


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Write a policy of one setting."""
    place, name, node = draw(st.sampled_from(PLACES))
    return f"{place}{name} = {toml(draw(values(node)))}\n"


@settings(max_examples=400)
@given(policies())
def test_no_editor_complains_of_what_the_parser_takes(text: str) -> None:
    if check_policy(text).policy is not None:
        assert problems(text) == []


TABLES = [*(f"[rules.{rule}]" for rule in RULES), "[notify]", "[contact]", "[self_service]", ""]


@given(st.sampled_from(TABLES), st.from_regex(r"[a-z]{1,12}(_[a-z]{1,12})?", fullmatch=True))
def test_an_editor_refuses_a_setting_that_the_parser_does_not_know(table: str, name: str) -> None:
    text = f"{table}\n{name} = 1\n"
    if any("no such setting" in str(each) for each in check_policy(text).problems):
        assert problems(text)
