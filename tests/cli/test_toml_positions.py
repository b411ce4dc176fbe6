"""The position of a problem in a policy file, in every style of TOML."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.common.remarks import Path
from costguard.policy.loader import check_policy
from costguard_cli.policies.toml_positions import locate, setting_positions

TRICKY = [
    ('mod = "warn"', "1:1 mod: no such setting"),
    ("max_stops = true", "1:13 max_stops: expected"),
    ('\n  mode   =   "shout"', "2:14 mode: expected one of"),
    ('"mode" = 3', "1:10 mode: expected"),
    ('grace = { notebook-instance = "4h", "*" = "x" }', "1:43 grace.*: expected a duration"),
    ('grace = { notbook = "4h" }', "1:11 grace.notbook: expected a kind"),
    ('grace.notebook-instance = "x"', "1:27 grace.notebook-instance: expected a duration"),
    ('owner_tag = "é"; x', "1:16 not TOML"),
    ('teams = ["a", # one\n  7,\n]', "2:3 teams[1]: expected a text"),
    ('[[people]]\nname = "J"\n[[people]]\nemail = "x"', "3:3 people[1].name: missing"),
    ('[[people]]\nname = "é"\nemial = "x"', "3:1 people[0].emial: no such setting"),
    ('people = [{ name = "é", email = 3 }]', "1:33 people[0].email: expected"),
    ('[[people]]\nname = "J"\n[[people.x]]\na = 1', "3:3 people[0].x: no such setting"),
    ('[contact]\nemail = "x"', "1:2 contact.name: missing"),
    ("[rules.idl]", "1:2 rules.idl: expected a rule"),
    ('[rules]\nidle.after = "1x"', "2:14 rules.idle.after: expected a duration"),
    ('[rules."missing-tags"]\nallowed."a.b" = "x"', "2:17 rules.missing-tags.allowed.a.b: ex"),
    ('[rules.idle.office]\ndays = ["mon",\n"xyz"]', "3:1 rules.idle.office.days[1]: expected"),
    ("[rules.idle]\nkeep = { times = -1 }", "2:18 rules.idle.keep.times: expected"),
    ('mode = "enforce', "1:16 not TOML"),
    ("mode = ", "1:8 not TOML"),
    ("mode =\r\n", "1:7 not TOML"),
    ('mode = """\nwarn"""\nteams = 1', "3:9 teams: expected a list"),
    ("teams = '''é'''", "1:9 teams: expected a list"),
    ('"\\u006dode" = "shout"', "1:15 mode: expected one of"),
]


def found(text: str) -> list[str]:
    remarks = locate(text, check_policy(text).remarks)
    return [f"{each.position.line}:{each.position.column} {each.text}" for each in remarks]


@pytest.mark.parametrize(("text", "expected"), TRICKY)
def test_a_problem_is_found_where_it_stands(text: str, expected: str) -> None:
    assert any(each.startswith(expected) for each in found(text)), found(text)


def test_problems_come_in_the_order_of_the_file() -> None:
    text = 'zone = 1\nmode = "x"\n[rules.idle]\nafter = 3\n[[people]]\n'
    assert [each.split(":")[0] for each in found(text)] == ["1", "2", "4", "5"]


def paths(value: Any, above: Path = ()) -> list[Path]:
    if isinstance(value, dict):
        inside = [((*above, key), v) for key, v in value.items()]
    elif isinstance(value, list):
        inside = [((*above, number), v) for number, v in enumerate(value)]
    else:
        return []
    return [path for inner, v in inside for path in (inner, *paths(v, inner))]


KEYS = st.sampled_from(["a", "b-c", '"d.e"', "'f g'", '"\\u00e9"'])
VALUES = st.recursive(
    st.sampled_from(["1", '"x"', "true", "1979-05-27", "'''\ny'''"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{k} = {v}" for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=6,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=3).map(
    lambda d: "".join(f"{k} = {v}\n" for k, v in d.items())
)


@given(TABLES, st.lists(st.tuples(st.sampled_from(["[[t]]", "[[t.u]]", "[t.v]"]), TABLES)))
def test_everything_that_tomllib_reads_has_a_place(top: str, rest: list[tuple[str, str]]) -> None:
    text = top + "[[t]]\n" + "".join(f"{head}\n{body}" for head, body in rest)
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the same table twice
    there = setting_positions(text)
    assert set(paths(read)) <= there.keys()
