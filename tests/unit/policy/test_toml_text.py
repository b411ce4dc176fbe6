"""From bytes to tables: byte-order marks, encodings, and invalid TOML."""

import pytest

from costguard.common.errors import PolicyInvalid
from costguard.policy.loader import check_policy, decode_policy

TEXT = 'mode = "warn"\nteams = ["Größe"]\n'


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_is_read_by_its_mark(coding: str) -> None:
    assert decode_policy(TEXT.encode(coding)) == TEXT


@pytest.mark.parametrize(
    ("mark", "coding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
def test_utf_16_is_read_in_both_orders(mark: bytes, coding: str) -> None:
    assert decode_policy(mark + TEXT.encode(coding)) == TEXT


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (TEXT.encode("utf-16-le"), "not UTF-8 text (UTF-16 without a mark?): save it as UTF-8"),
        (TEXT.encode("cp1252"), "not UTF-8 text: save it as UTF-8 (at line 2, column 13)"),
        (b"\xff\xfea", "not UTF-16-LE text: save it as UTF-8 (at line 1, column 1)"),
    ],
)
def test_bytes_that_are_no_text_say_where_and_how_to_save_them(data: bytes, says: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        decode_policy(data)
    assert says in str(caught.value)


def test_a_mark_before_a_text_that_was_read_already_is_passed_over() -> None:
    assert check_policy("\ufeff" + TEXT).remarks == ()


NOT_TOML = [
    ("mode = enforce", (1, 8), 'a text stands in quotes: "enforce"'),
    ("mode = True", (1, 8), "write true or false"),
    ("mode = None", (1, 8), "leave the setting out"),
    ("mode =", (1, 7), "the value is missing"),
    ("mode = \u201cwarn\u201d", (1, 8), 'write straight quotes: "'),
    ("mode: 'warn'", (1, 5), "write = instead of :"),
    ("mode 'warn'", (1, 6), "a line is `key = value`"),
    ("[rules.idle]\nafter = 1h", (2, 10), 'a duration stands in quotes: "1h"'),
    ("mode = 'warn' max_stops = 1", (1, 15), "one setting stands on a line"),
    ("load = { cpu = 10, gpu = 5, }", (1, 29), "a table in braces has no comma before }"),
    ("load = {\n cpu = 10 }", (1, 9), "a table in braces stands on one line"),
    ("load = { cpu = 10, # x\n gpu = 5 }", (1, 20), "a table in braces stands on one line"),
    ("mode = 'warn'\nmode = 'warn'\n", (2, 14), "it stands in the file twice"),
    ("[contact]\n[contact]", (2, 9), "it stands in the file twice"),
    ("load = { cpu = 1, cpu = 1 }", (1, 26), "it stands in the file twice"),
    ('mode = "a\\qb"', (1, 12), "write \\\\ for a backslash"),
    ('mode = "warn\n', (1, 13), "its last quote is missing"),
    ("mode = 'warn", (1, 13), "its last quote is missing"),
    ("teams = ['a' 'b']", (1, 14), "a comma or the ] at its end is missing"),
    ("load = { cpu = 1 gpu = 2 }", (1, 18), "a comma or the } at its end is missing"),
    ("a = " + "9" * 5000, (1, 5), "a number is far too long"),
    ("b = 1\na = " + "[" * 30 + "]" * 30, (2, 1), "it is nested too deeply"),
    ("b = 1\na = " + "[" * 100_000, (2, 1), "it is nested too deeply"),
    ("a." * 30 + "a = 1", (1, 1), "it is nested too deeply"),
    ("b = 1\n" + "a." * 200 + "a = 1", (2, 1), "it is nested too deeply"),
]


@pytest.mark.parametrize(("text", "at", "fix"), NOT_TOML)
def test_what_is_no_toml_says_where_and_the_fix(text: str, at: tuple[int, int], fix: str) -> None:
    [remark] = check_policy(text).problems
    assert (remark.at, fix in str(remark)) == (at, True), remark


@pytest.mark.parametrize("text", ["= 1", "a.\x01 = 1", "[", "a = 'x\x1b'"])
def test_what_is_no_toml_otherwise_is_said_by_tomllib(text: str) -> None:
    [remark] = check_policy(text).problems
    assert str(remark).startswith("not TOML: ")
    assert str(remark).isprintable()
