"""The AWS CLI accepts every command of a remedy, whatever the names are."""

import unicodedata
from collections.abc import Iterator, Mapping
from copy import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from costguard.common.sanitize import multi_line
from costguard.idleness.keep_until import TAG, KeepLimits, decide_keep
from costguard.ownership.confusables import fold_name
from costguard.ownership.directory import Directory, Person
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity, KeepRequest
from costguard.resources.commands import fill_in, is_tag_text, to_tag_value
from costguard.resources.per_kind import for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.base import PASS, EvaluationContext, Fail
from tests.aws_cli import parse_line
from tests.factories import at, notebook, resource
from tests.property.strategies import hostile, names

ODD = st.sampled_from(
    [
        "O'Brien",
        "Sean O'Brien",
        "Doe, John",
        "R&D",
        '"quoted"',
        "$(reboot)",
        "`reboot`",
        "--debug",
        "-x",
        "=",
        "a=b",
        "=a,b=c",
        "[a, b]",
        "{a: b}",
        "file:///etc/passwd",
        "fileb://x",
        "http://example.org",
        "@x",
        "a\nb",
        "a\tb",
        "\u2028",
        "\u202eevil",
        "Łukasz Wójcik",
        "Jose\u0301",
        "李伟",
        "\U00020000",
        "½",
        "a\\",
        "*",
        "~",
        "#",
        "!x",
        "YOUR-NAME",
        "a" * 300,
    ]
)
allowed_by_aws = st.text(
    st.characters(categories=("L", "N", "Z"), include_characters="_.:/=+-@"), max_size=256
)
texts = ODD | hostile | allowed_by_aws
PUNCTUATION = set("_.:/=+-@")
LONGEST_KEY = 128


def takes(text: str) -> bool:
    """Tell as the model's pattern does whether a tag may hold a text."""
    return len(text) <= 256 and all(
        c in PUNCTUATION or unicodedata.category(c)[0] in "LNZ" for c in text
    )


def copied(remedy: str) -> Iterator[str]:
    """Find every line to copy, also one that follows a colon."""
    for line in remedy.splitlines():
        start = line.find("aws ")
        if start == 0 or line[:start].endswith(": "):
            yield line[start:]


def tags_of(remedy: str) -> Mapping[str, str]:
    """Read the tags that the line of a remedy sets."""
    [line] = copied(remedy)
    return {each["Key"]: each["Value"] for each in parse_line(line)["Tags"]}


def context(*people: Person) -> EvaluationContext:
    return EvaluationContext(now=at(2), directory=Directory(people=people))


@given(texts, st.lists(texts, max_size=3).map(tuple))
@example("Sean O'Brien", ("R&D",))
@example("Doe, John", ("R&D", "a=b"))
def test_the_line_that_tags_is_taken_and_passes_the_rule(
    name: str, allowed: tuple[str, ...]
) -> None:
    rule = RULES["missing-tags"]
    options = replace(
        rule.options,
        required=for_all(("Project", "Name", "Purpose")),
        allowed={"Project": allowed},
    )
    ctx = context(Person(name=name, aliases=("theowner",)))
    bare = notebook("theowner-explore", tags={})
    answer = rule.check(bare, options, ctx)
    assert isinstance(answer, Fail)
    assert multi_line(answer.remedy) == answer.remedy  # as every message prints it
    offered = tags_of(answer.remedy)
    assert list(offered) == ["Project", "Name", "Purpose"]
    assert all(takes(text) for pair in offered.items() for text in pair)
    filled = {key: value for key, value in offered.items() if not value.startswith("YOUR-")}
    for key, value in filled.items():
        only = replace(options, required=for_all((key,)))
        assert rule.check(replace(bare, tags={key: value}), only, ctx) is PASS
    if "Name" in filled:
        tagged = replace(bare, name="explore", tags=filled)
        assert ctx.directory.owner(tagged).name == name


@given(texts)
def test_what_is_written_as_a_tag_is_one(text: str) -> None:
    value = to_tag_value(text)
    assert takes(value)
    assert not value or is_tag_text(value)
    assert to_tag_value(value) == value


@given(allowed_by_aws.filter(lambda key: 0 < len(key) <= LONGEST_KEY), allowed_by_aws)
@example("0 ", "0 ")
def test_any_key_and_value_of_aws_reach_the_call_as_they_are(key: str, value: str) -> None:
    rule = RULES["missing-tags"]
    wanted = value.strip()
    options = replace(rule.options, required=for_all((key,)), allowed={key: (value,)})
    answer = rule.check(notebook(tags={}), options, context())
    assert isinstance(answer, Fail)
    offered = (
        wanted if fold_name(wanted) and not wanted.startswith("YOUR-") else f"YOUR-{key.upper()}"
    )
    assert multi_line(answer.remedy) == answer.remedy
    assert tags_of(answer.remedy) == {key: offered}


@pytest.mark.parametrize("kind", KINDS)
@given(name=names | texts)
@example(name="-x")
@example(name="$(reboot)")
@example(name="file:///etc/passwd")
def test_a_kinds_lines_name_the_resource_or_leave_its_name_to_fill_in(kind: str, name: str) -> None:
    words, named = KINDS[kind].words, KINDS[kind].identity
    address = {part.partition("|")[0]: name for part in named.parts}
    given_ = replace(resource(kind, "x"), name=name, address=address)
    for text in (words.restart, words.change_type, words.rename):
        for line in copied(fill_in(text, given_, good="DoeJohn-Explore")):
            call = parse_line(line)
            assert "reboot" not in line
            if kind_name := call.get("NotebookInstanceName"):
                assert kind_name in (name, "YOUR-NAME")


@given(
    st.timedeltas(timedelta(minutes=1), timedelta(days=3)),
    st.integers(0, 4),
    st.lists(st.floats(0, 200), max_size=5),
)
def test_the_time_that_is_offered_to_keep_a_notebook_is_granted(
    at_most: timedelta, times: int, kept: list[float]
) -> None:
    limits = KeepLimits(at_most=at_most, times=times)
    asked = tuple(
        KeepRequest((at(2 - hours) + at_most / 2).isoformat(), at(2 - hours)) for hours in kept
    )
    inside = (Heartbeat(at=at(2), busy_kernels=0),)
    seen = Activity(jupyter=JupyterActivity(seen=at(2), beats=inside), kept=asked)
    quiet = notebook(activity=seen)
    rule = RULES["idle"]
    answer = rule.check(quiet, replace(rule.options, keep=limits), context())
    assert isinstance(answer, Fail)
    if list(copied(answer.remedy)):
        tags = tags_of(answer.remedy)
        decided = decide_keep(tags, asked, limits, zone=UTC, now=at(2))
        assert list(tags) == [TAG]
        assert decided.refused is None
        assert decided.until is not None
