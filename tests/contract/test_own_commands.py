"""`costguard` takes every line of the documents; the AWS CLI every line that `costguard` offers."""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import pytest
import typer

from costguard.policy.loader import parse_policy
from costguard_cli.guardrail.generator import GuardrailOptions, Target, commands, generate
from costguard_cli.guardrail.packing import Format
from costguard_cli.guardrail.statements import Scope
from costguard_cli.main import app
from tests.aws_cli import parse_line
from tests.contract.shell_lines import blocks_of, inline_of
from tests.contract.test_documents import DOCUMENTS, ROOT, path_of

NAMED_ONLY = {"CHANGELOG.md", "threat-model.md"}
"""Documents that name commands, and give none to copy."""
POLICY = ROOT / "layers" / "policy" / "policy.toml"
_OPERATORS = {"||", "&&", "|", ";", ">"}


def lines_of(document: Path) -> Iterator[list[str]]:
    """Give the calls of `costguard` in a document, as a shell takes them apart."""
    text = document.read_text(encoding="utf-8")
    written = [line for block in blocks_of(text) for line in block.splitlines()]
    for line in (*written, *inline_of(text)):
        if re.match(r"costguard [a-z-]", line):
            words = shlex.split(line, comments=True)
            yield list(takewhile(lambda word: word not in _OPERATORS, words))[1:]


def parse(words: list[str]) -> None:
    """Parse a call, and run nothing. Raises an error that names what is not taken."""
    command = typer.main.get_command(app)
    while known := getattr(command, "commands", None):
        if words == ["--help"]:
            return
        if words[0] not in known:
            raise LookupError(f"No such command: {words[0]}")
        command, words = known[words[0]], words[1:]
    if not words:
        return  # its name, in a sentence
    files = (POLICY if word in {"FILE", "OLD", "NEW"} else word for word in words)
    command.make_context("costguard", [str(word) for word in files])


OFFERING = [each for each in DOCUMENTS if each.name not in NAMED_ONLY and [*lines_of(each)]]


@pytest.mark.parametrize("document", OFFERING, ids=path_of)
def test_a_costguard_command_of_a_document_is_taken(document: Path) -> None:
    for words in lines_of(document):
        parse(words)


def test_there_are_many_of_them() -> None:
    assert sum(len([*lines_of(document)]) for document in DOCUMENTS) > 20


@pytest.mark.parametrize(
    "line", ["audit --no-such-option", "polcy check", "policy check --no", "price --hours 3"]
)
def test_one_that_is_not_taken_is_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"No such|Missing"):
        parse(line.split())


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("format_", Format)
def test_a_line_that_attaches_the_guardrail_is_taken(
    format_: Format, target: Target, tmp_path: Path
) -> None:
    policy = parse_policy(POLICY.read_text(encoding="utf-8"))
    scope = Scope(policy=policy, now=datetime(2026, 11, 23, tzinfo=UTC))
    made = generate(scope, GuardrailOptions(format_=format_))
    for each in made.policies:
        (tmp_path / f"{each.name}.json").write_text("{}", encoding="utf-8")
    offered = [*commands(made, format_, target, "o'brien", str(tmp_path))]
    assert len(offered) >= 2
    for line in offered:
        parse_line(line.replace("POLICY-ID", "p-examplepolicy").replace("OU-OR-ACCOUNT", "r-root"))
