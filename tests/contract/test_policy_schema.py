"""The JSON Schema that editors check a policy by, and the parser that decides: one source."""

import json
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped] # cfn-lint brings it

from costguard.policy.loader import check_policy
from costguard.policy.toml_text import read_tables
from docs.make.schema import PATH
from tests.contract.test_documents import SETTINGS, policy_of
from tests.property.test_policy_edits import POLICIES, SORTS, edits
from tests.unit.policy.test_values import FINE, ODD

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(PATH.read_text(encoding="utf-8"))
EDITOR = Draft7Validator(SCHEMA, format_checker=Draft7Validator.FORMAT_CHECKER)
FILES = ["layers/policy/policy.toml", "local/demo/policy.toml", "tests/local/guard.toml"]
UNUSED = (
    "summary"  # a stage that the parser takes from old policies and that editors need not offer
)


def as_json(value: Any) -> Any:
    """Give what an editor's validator gets: JSON has neither dates nor exact numbers."""
    match value:
        case dict():
            return {key: as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
        case Decimal():
            return float(value)
        case date() | datetime():
            return value.isoformat()
        case _:
            return value


def is_fine(text: str) -> bool:
    """Tell whether an editor shows no problem."""
    return bool(EDITOR.is_valid(as_json(read_tables(text))))


def problems(text: str) -> list[str]:
    return [f"{list(e.path)}: {e.message}" for e in EDITOR.iter_errors(as_json(read_tables(text)))]


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", FILES)
def test_no_editor_complains_of_a_policy_of_ours(file: str) -> None:
    assert problems((ROOT / file).read_text(encoding="utf-8")) == []


def test_the_shipped_policy_names_its_schema_where_editors_look() -> None:
    first, _ = (ROOT / FILES[0]).read_text(encoding="utf-8").split("\n", 1)
    assert first == f"#:schema ./{PATH.name}"
    assert PATH.parent == (ROOT / FILES[0]).parent


@pytest.mark.parametrize("path", SETTINGS)
def test_no_editor_complains_of_an_example_and_each_setting_is_explained(path: str) -> None:
    assert problems(policy_of(SETTINGS[path])) == []


@pytest.mark.parametrize("text", [*FINE, *(text for text, _ in ODD), *POLICIES.values()])
def test_what_the_parser_takes_no_editor_complains_of(text: str) -> None:
    assert problems(text) == []


EXEMPTION = "[[exemptions]]\nwhy = 'x'\nby = 'x'\n"
BAD = [
    "max_stop = 5",
    "max_stops = -1",
    'max_stops = "5"',
    'mode = "enforced"',
    "timezone = 5",
    "[contact]",
    "[[people]]\nemail = 'a@example.org'",
    'grace = "4 hours"',
    "grace = { notebook = '4h' }",
    "[rules.idel]",
    "[rules.idle]\nafter = 60",
    '[rules.idle]\nafter = { "below $1/h" = "4h" }',
    '[rules.idle]\nafter = { "*" = "1h", "below 1" = "4h" }',
    '[rules.idle]\nafter = { "*" = "1h", notebook-instance = "4h" }',
    "[rules.idle]\noutside.after = -5",
    "[rules.idle.office]\ndays = ['Monday']",
    "[rules.idle.load]\ncpu = 1.5",
    "[rules.over-budget]\nper_owner = { '*' = -1 }",
    "[rules.naming]\nguardrail = 'maybe'",
    f"{EXEMPTION}names = []\nuntil = 2026-12-24T18:00:00Z",
    f"{EXEMPTION}names = ['x']\nuntil = 2026-12-24T18:00:00Z\nkinds = ['x']",
    f"{EXEMPTION}names = ['x']\nuntil = 2026-12-24",
    "[notify]\nstages = { warned = ['slack'] }",
    "[notify]\nchannels = ['sms']",
]


@pytest.mark.parametrize("text", BAD)
def test_what_the_parser_refuses_for_its_form_an_editor_refuses_too(text: str) -> None:
    assert check_policy(text).policy is None
    assert not is_fine(text)


@pytest.mark.parametrize("name", POLICIES)
def test_of_a_policy_with_a_typing_error_an_editor_never_refuses_what_the_parser_takes(
    name: str,
) -> None:
    for sort in SORTS:
        for text in islice(edits(POLICIES[name], sort), 60):
            if check_policy(text).policy is not None and UNUSED not in text:
                assert problems(text) == [], text
