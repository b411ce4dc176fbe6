"""Lines to copy: what goes into them as it is, what is quoted, and what is left to fill in."""

from copy import replace

import pytest

from costguard.resources.commands import (
    add_tags_command,
    fill_in,
    shell_word,
    to_tag_value,
)
from tests.factories import notebook


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sinkorswim", "Key=Name,Value=sinkorswim"),
        ("John Doe", "'Key=Name,Value=John Doe'"),
        ("2026-12-02T19:00+01:00", "Key=Name,Value=2026-12-02T19:00+01:00"),
        ("=a", """'[{"Key": "Name", "Value": "=a"}]'"""),
        ("Łukasz", """'[{"Key": "Name", "Value": "Łukasz"}]'"""),
        ("O'Brien, S", """'[{"Key": "Name", "Value": "O'"'"'Brien, S"}]'"""),
        ("a\nb", r"""'[{"Key": "Name", "Value": "a\nb"}]'"""),
    ],
)
def test_a_tag_is_written_so_that_the_cli_takes_it_as_it_is(value: str, expected: str) -> None:
    line = add_tags_command(notebook(), {"Name": value})
    assert line.endswith(f" --tags {expected}")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sean O'Brien", "Sean OBrien"),
        ("Doe, John", "Doe John"),
        ("Jose\u0301", "José"),
        ("a\u2028b", "a b"),
        ("&", ""),
    ],
)
def test_what_a_tag_cannot_hold_is_left_out(text: str, expected: str) -> None:
    assert to_tag_value(text) == expected


@pytest.mark.parametrize("name", ["-x", "$(x)", "file://x", "a b", "", "a;b", "{x}"])
def test_a_name_that_aws_cannot_have_given_is_left_to_fill_in(name: str) -> None:
    assert shell_word(name, "NAME") == "YOUR-NAME"
    odd = replace(notebook(), name=name)
    assert fill_in("{name} {region} {good}", odd, good="x") == "YOUR-NAME us-east-2 x"


def test_a_name_of_aws_is_written_as_it_is() -> None:
    assert fill_in("{name}", notebook("DoeJohn-Explore")) == "DoeJohn-Explore"
    assert shell_word(notebook().arn, "ARN") == notebook().arn
