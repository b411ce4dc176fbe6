"""docs/threat-model.md answers every known evasion, with tests that exist."""

import re
from functools import cache

import pytest

from tests.contract.template import PATH

TESTS = PATH.parent / "tests"
TEXT = (PATH.parent / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = {int(n): answer for n, answer in re.findall(r"(?m)^\| (\d+) \|.*?\| (.+) \|$", TEXT)}
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)))
ANSWERS = ("**Handled**", "**Prevent**", "**Out of scope**")
THE_LIST = 79  # 41 evasions seen in the field, and those that later functions allow


@cache
def defined_in(file: str) -> frozenset[str]:
    """Name the tests of a file."""
    text = (TESTS / file).read_text(encoding="utf-8")
    return frozenset(re.findall(r"(?m)^def (test_\w+)\(", text))


def test_every_line_of_the_list_has_one_row() -> None:
    assert list(ROWS) == list(range(1, THE_LIST + 1))


@pytest.mark.parametrize("row", ROWS)
def test_a_row_begins_with_its_answer(row: int) -> None:
    assert ROWS[row].startswith(ANSWERS)


@pytest.mark.parametrize("row", [n for n, answer in ROWS.items() if ANSWERS[0] in answer])
def test_what_is_handled_is_shown_by_a_test(row: int) -> None:
    assert re.search(r"`[\w/]+\.py::test_\w+`", ROWS[row])


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert name in defined_in(file)


def test_nothing_is_named_in_another_form() -> None:
    assert len(re.findall(r"::\w", TEXT)) == len(re.findall(r"`[\w/]+\.py::\w+`", TEXT))
