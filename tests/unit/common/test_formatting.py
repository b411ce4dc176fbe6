"""Small words: names, durations, plain text, settings by kind."""

from datetime import timedelta

import pytest

from costguard.common.datetimes import parse_duration, say_duration
from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.resources.naming import NamePattern, base_name, written_team
from costguard.resources.per_kind import PerKind, for_all

TEAM = NamePattern.parse("{Team}-{LastnameFirstname}-{Purpose}")
PLAIN = NamePattern.parse("{LastnameFirstname}-{Purpose}")


@pytest.mark.parametrize(
    "name",
    [
        "DoeJohn-ExploreSageMaker",
        "DoeJohn-a",
        "DoeJohn-a-b-3",
        "McDonaldRon-x",
        "OBrienSean-x",
        "Doe2eJohn-x",
    ],
)
def test_a_good_name_fits(name: str) -> None:
    assert PLAIN.match(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-",
        "DoeJohn",
        "DoeJohn-",
        "DoeJohn-a--b",
        "DoeJohn-a-",
        "doejohn-a",
        "Doe-John",
        "DOEJOHN-a",
        "Doe_John-a",
        "DoeJohn-a\n",
        "DoeJohn-ä",
    ],
)
def test_a_bad_name_does_not_fit(name: str) -> None:
    assert PLAIN.match(name) is None


def test_a_name_is_taken_apart() -> None:
    parts = {"Team": "wattbot", "LastnameFirstname": "DoeJohn", "Purpose": "Explore-2"}
    assert TEAM.match("wattbot-DoeJohn-Explore-2") == parts


def test_a_pattern_writes_a_good_example() -> None:
    assert TEAM.fill() == "sinkorswim-DoeJohn-ExploreSageMaker"
    assert PLAIN.fill(Purpose="x") == "DoeJohn-x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a pattern of {Team}, {LastnameFirstname}, {Purpose}, each once"),
        ("nothing", "a pattern of"),
        ("{Nobody}-{Purpose}", "a pattern of"),
        ("{Purpose}-{Purpose}", "a pattern of"),
        ("{}-{Purpose}", "a pattern of"),
        ("{Purpose", "a pattern of"),
        ("{Team} {Purpose}", "only letters, digits and hyphens"),
        ("{Purpose}}", "only letters, digits and hyphens"),
        ("({Purpose})+", "only letters, digits and hyphens"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_what_is_expected(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected.replace("{", r"\{")):
        NamePattern.parse(text)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("train-2026-11-23-14-00-00-123", "train"),
        ("tune-261123-1400", "tune"),
        ("tune-261123-1400-abcd1234", "tune"),
        ("train-2026-11-23", "train-2026-11-23"),
        ("train", "train"),
        ("-261123-1400", ""),
        ("DoeJohn-20261128030640", "DoeJohn"),
        ("my-training-job-20261128030638", "my-training-job"),
        ("x" * 52 + "-2026112803", "x" * 52),  # SDK 3 cuts the end at 63 characters
        ("x" * 61 + "-2", "x" * 61),
        ("x" * 60 + "-2", "x" * 60 + "-2"),
        ("x" * 39 + "-2026-11-28-03-03-21-200", "x" * 39),
        ("DoeJohn--2026-11-28-03-03-21-200", "DoeJohn"),  # AutoML: eight characters are left
        ("sinkorswim-DoeJohn--261128-1815", "sinkorswim-DoeJohn"),
        ("tune-261123-1400-001-0fbd6d2a", "tune"),
        ("churn-1732795402-ab12", "churn"),
        ("pipelines-cos5h1n0dv8j-Train-Step-AbCdEfGh1x", "Train-Step"),
        ("pipelines-cos5h1n0dv8j-TrainStep-AbCdEfGh1x-0", "TrainStep"),
        ("DoeJohn-churn-cos5h1n0dv8j-AbCdEfGh1x-0", "DoeJohn-churn"),
        ("churn-explorations-regression-2", "churn-explorations-regression-2"),
        ("DoeJohnChurn-trainipynb-0fbd6d2a-2026-11-28-03-03-21", "DoeJohnChurn-trainipynb"),
    ],
)
def test_the_time_stamp_of_the_sdk_is_taken_off(name: str, base: str) -> None:
    assert base_name(name) == base


@pytest.mark.parametrize(
    ("team", "written", "names"),
    [
        ("sink-or-swim", "sink-or-swim", ("sink-or-swim-DoeJohn-x", "SinkOrSwim-DoeJohn-x")),
        ("sink_or_swim", "sink-or-swim", ("sink-or-swim-DoeJohn-x", "sinkorswim-DoeJohn-x")),
        ("Müller Lab", "Mueller-Lab", ("mueller-lab-DoeJohn-x", "MuellerLab-DoeJohn-x")),
        ("R&D", "R-D", ("RD-DoeJohn-x", "r-d-DoeJohn-x")),
    ],
)
def test_a_team_of_several_words_is_one_part_of_a_name(
    team: str, written: str, names: tuple[str, ...]
) -> None:
    assert written_team(team) == written
    assert all(TEAM.match(name, (team,)) for name in names)
    assert TEAM.match("other-DoeJohn-x", (team,)) is None


def test_a_team_that_no_name_can_carry_allows_every_word() -> None:
    assert TEAM.match("any-DoeJohn-x", ("研究",))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("4h", 14400), ("2d", 172800), (" 1h 30m ", 5400), ("0s", 0)],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "4", "h", "4 h", "-4h", "4h!", "1.5h", "4H", "9" * 9 + "d"])
def test_what_is_no_duration_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="a duration such as '90s'"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (45, "45 s"), (5400, "1 h 30 min"), (183845, "2 d 3 h"), (86400, "1 d")],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: int, said: str) -> None:
    assert say_duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fine", "fine"),
        ("two\n lines\t", "two lines"),
        ("\x1b[31mred", "[31mred"),
        ("a\u202eb\u200bc", "a b c"),
        ("a\u2028b", "a b"),
        ("x" * 81, "x" * 79 + "…"),
        ("x" * 80, "x" * 80),
        ("", ""),
    ],
)
def test_text_of_others_is_made_harmless_and_short(text: str, expected: str) -> None:
    assert single_line(text) == expected


def test_one_thing_has_no_plural() -> None:
    assert (pluralize(1, "job"), pluralize(2, "job"), pluralize(0, "job")) == (
        "1 job",
        "2 jobs",
        "0 jobs",
    )


def test_a_setting_by_kind_falls_back_to_the_star() -> None:
    mixed = PerKind({"training-job": 1, "*": 2})
    assert (mixed.of("training-job"), mixed.of("transform-job")) == (1, 2)
    assert (PerKind[int]().of("training-job"), for_all(3).of("x")) == (None, 3)
