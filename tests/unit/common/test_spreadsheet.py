"""CSV for spreadsheets: whole, in UTF-8, and without formulas of users."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.common.spreadsheet import csv_text


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r=1",
        "\n@x",
        "\uff1dcmd|' /C calc'!A0",
        "-DoeJohn",
    ],
)
def test_a_text_that_a_spreadsheet_would_compute_is_a_text(text: str) -> None:
    [[cell]] = read(csv_text([[text]]))
    assert cell.startswith("'")


@pytest.mark.parametrize("text", ["DoeJohn-Explore", 'a "quote", a comma', "Jörg; Müller", "1=2"])
def test_another_text_stays_as_it_is(text: str) -> None:
    assert read(csv_text([[text]])) == [[text]]


def test_amounts_and_numbers_are_numbers_and_what_is_not_known_is_empty() -> None:
    assert read(csv_text([[Decimal("1E+2"), Decimal("0.0500"), 3, None, ""]])) == [
        ["100", "0.0500", "3", "", ""]
    ]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=3), min_size=1, max_size=4))
def test_whatever_users_write_each_row_is_one_line_and_no_cell_is_a_formula(
    rows: list[list[str]],
) -> None:
    text = csv_text(rows)
    assert text.startswith("\ufeff")
    assert [len(row) for row in read(text)] == [len(row) for row in rows]
    assert len(text.splitlines()) == len(rows)
    assert not any(cell.strip()[:1] in tuple("=+-@") for row in read(text) for cell in row)
