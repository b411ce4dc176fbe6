"""A policy with a typing error is valid or has a list of problems: never a traceback."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.common.errors import PolicyInvalid
from costguard.ownership.fleet import Fleet
from costguard.policy.loader import PolicyReading, check_policy, decode_policy
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.base import EvaluationContext
from costguard_cli.policies.summary import topics
from costguard_cli.policies.toml_positions import locate
from tests.factories import POLICY, notebook, training_job

SHIPPED = (Path(__file__).parents[2] / "layers/policy/policy.toml").read_text(encoding="utf-8")
DENSE = """
mode = "enforce"; grace = { notebook-instance = "4h" }
timezone = 'Europe/Berlin'
teams = ["sinkorswim",
  "wattbot"]
people = [{ name = "Jörg Müller", email = "j@x.org", slack = "U0123456789", aliases = ["jm"] }]
[notify]
quiet = "22:00-07:00"
digest_within = "2h"
stages = { all-clear = ["slack"], stopped = ["email", "slack"] }
words.warning = { subject = "{name} by {deadline}", ask = '''Write
to us.''' }
[[exemptions]]
names = ["genomics-*"]
why = "a paper"
by = "admin@example.org"
until = 2026-12-24T18:00:00Z
kinds = ["notebook-instance"]
rules = ["idle"]
[rules]
naming.patterns.notebook-instance = ["{LastnameFirstname}-{Purpose}"]
idle = { after = "30m", office = { hours = "08:00-18:00", holidays = [2026-12-25] } }
[rules.missing-tags.allowed]
Project = ["wattbot-*"]
[rules.instance-type.allowed]
"*" = ["ml.g5.*"]
[rules.over-budget]
per_owner = { "Jörg Müller" = 80.5, "*" = 60 }
[rules.long-running.ran]
training-job = "12h"
""".replace("; grace", "\ngrace")
POLICIES = {"shipped": SHIPPED, "tests": POLICY, "dense": DENSE}
SIGNS = "\"'[]{}=,.#\\\n\r\t -_*:0aZé\u202e\x1b\x00\ufeff\U0001f600"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
EDITS = 250  # of each sort, in each policy


def deletions(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def insertions(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(SIGNS) + text[at:]


def replacements(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(SIGNS) + text[at + 1 :]


def repeated_lines(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    return "".join([*lines[:at], lines[at], *lines[at:]])


def moved_lines(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    moved = lines.pop(chance.randrange(len(lines)))
    lines.insert(chance.randrange(len(lines)), moved)
    return "".join(lines)


SORTS = (deletions, insertions, replacements, repeated_lines, moved_lines)


def edits(text: str, sort: Callable[[str, random.Random], str]) -> Iterator[str]:
    chance = random.Random(text[:80] + sort.__name__)  # noqa: S311 - no secret
    without_comments = "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("#")
    )
    while True:
        yield sort(without_comments, chance)


def said(text: str) -> PolicyReading:
    """Check a policy, and hold what everything that is said of it must be."""
    reading = check_policy(text)
    lines = text.split("\n")
    for each in locate(text, reading.remarks):
        assert each.text.isprintable()
        assert 1 <= each.position.line <= len(lines)
        assert 1 <= each.position.column <= len(lines[each.position.line - 1]) + 1
    assert (reading.policy is None) == bool(reading.problems)
    if reading.policy is not None:
        is_usable(reading)
    return reading


def is_usable(reading: PolicyReading) -> None:
    """Use a good policy as the functions and the commands do."""
    policy = reading.policy
    assert policy is not None
    assert topics(policy)
    fleet = (notebook(), training_job(tags={"Name": "Jane"}))
    directory = policy.directory
    ctx = EvaluationContext(now=NOW, directory=directory, fleet=Fleet(fleet, directory))
    for name, settings in policy.rules.items():
        assert all(policy.grace_of(name, kind) is not None for kind in KINDS)
        for resource in fleet:
            RULES[name].check(resource, settings.options, ctx)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("name", POLICIES)
def test_an_edited_policy_is_good_or_says_what_is_wrong(
    name: str, sort: Callable[[str, random.Random], str]
) -> None:
    for text in islice(edits(POLICIES[name], sort), EDITS):
        said(text)


@pytest.mark.parametrize("name", POLICIES)
def test_the_policies_that_are_edited_are_good(name: str) -> None:
    assert said(POLICIES[name]).problems == ()


@given(st.text() | st.text(SIGNS + "ab1").map(lambda text: f"[rules.idle]\nload = {text}"))
def test_any_text_is_good_or_says_what_is_wrong(text: str) -> None:
    said(text)


@pytest.mark.parametrize("depth", [15, 25, 400, 5000, 100_000])
@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "a = " + "[" * depth + "]" * depth,
        lambda depth: "a = " + "[" * depth,
        lambda depth: "a = " + "{a=" * depth + "1" + "}" * depth,
        lambda depth: ".".join("a" * depth) + " = 1",
        lambda depth: f"[{'.'.join('a' * depth)}]",
    ],
)
def test_whatever_is_nested_too_deeply_is_said(nested: Callable[[int], str], depth: int) -> None:
    assert said("mode = 'warn'\n" + nested(depth)).problems


@pytest.mark.parametrize(
    "value",
    [
        *("9" * 5000, "0x" + "f" * 5000, "0x" + "f" * 900, "1e" + "9" * 30, "-1e9999", "nan"),
        *("-inf", "1." + "0" * 5000, "0001-01-01", "9999-12-31T23:59:59Z", "18:00:00"),
        "0001-01-01T00:00:00+23:59",
    ],
)
@pytest.mark.parametrize(
    "setting", ["max_stops", "grace", "rules.burn-rate.per_owner", "exemptions", "owner_tag"]
)
def test_a_number_of_any_size_is_said(setting: str, value: str) -> None:
    assert said(f"{setting} = {value}").problems


@given(st.binary())
def test_any_bytes_are_text_or_say_how_to_save_them(data: bytes) -> None:
    with suppress(PolicyInvalid):
        said(decode_policy(data))
