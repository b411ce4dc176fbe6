"""A policy on the terminal: its problems under the lines they stand in, its words, its changes."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from costguard.common.formatting import pluralize
from costguard.resources.registry import KINDS
from costguard_cli.console import BAD, GOOD, POOR, QUIET, Column, heading, money, pairs, table
from costguard_cli.console import text as shown
from costguard_cli.policies.diff import Affected, Change
from costguard_cli.policies.summary import Topic
from costguard_cli.policies.toml_positions import Problem
from costguard_cli.views.labels import outcome_label

_EXCERPT = 160  # characters of a line


def problems(console: Console, name: str, source: str, found: Sequence[Problem]) -> None:
    """Print each problem under its line, with a mark where it is."""
    lines = source.split("\n")
    for each in found:
        line, column = each.spot.line, each.spot.column
        at = Text.assemble((f"{name}:{line}:{column}", QUIET), "  ")
        console.print(at.append_text(shown(each.says, limit=1000)))
        if column <= _EXCERPT and line <= len(lines):
            console.print(_excerpt(lines[line - 1], line, column))
    console.print(Text(f"{pluralize(len(found), 'problem')} in {name}", BAD))


def problems_as_dicts(found: Sequence[Problem]) -> list[dict[str, Any]]:
    """Write problems for machines."""
    return [
        {"line": each.spot.line, "column": each.spot.column, "problem": each.says} for each in found
    ]


def good(console: Console, name: str) -> None:
    """Say that there is none."""
    console.print(Text(f"{name}: a good policy", GOOD))


def sentences(console: Console, source: str, topics: Sequence[Topic]) -> None:
    """Print what a policy says."""
    console.print(Text(f"The policy {source}", QUIET))
    for topic in topics:
        if topic.says:
            console.print(heading(topic.name))
            console.print(_listed(topic.says))


def difference(
    console: Console,
    said: Sequence[Change],
    whom: Sequence[Affected] | None,
    *,
    whole: bool,
) -> None:
    """Print what changes, and for whom where somebody looked."""
    if not said:
        console.print(Text("The two say the same.", GOOD))
    for change in said:
        console.print(heading(change.topic))
        console.print(_listed(change.was, "-", BAD))
        console.print(_listed(change.now, "+", GOOD))
    if whom is None:
        hint = "Who would be affected: add --audit FILE (from audit --json) or --live."
        console.print(Padding(Text(hint, QUIET), (1, 0, 0, 0)))
        return
    console.print(heading("Whom it affects", "as if nobody had been warned yet"))
    if whom:
        console.print(table(_COLUMNS, [_affected(each) for each in whom]))
    owners = {each.after.owner.name for each in whom}
    amount = f"{pluralize(len(whom), 'resource')} of {pluralize(len(owners), 'owner')}"
    console.print(Text(f"{amount} would be treated otherwise." if whom else "Nobody, now."))
    if not whole:
        console.print(Text("Not everything could be seen: there may be more.", POOR))


def as_dict(
    said: Sequence[Change], whom: Sequence[Affected] | None, *, whole: bool
) -> dict[str, Any]:
    """Write a difference for machines; `affected` is null where nobody looked."""
    return {
        "changes": [{"topic": c.topic, "was": c.was, "now": c.now} for c in said],
        "affected": None if whom is None else [_affected_dict(each) for each in whom],
        "saw_everything": whole,
    }


_COLUMNS = (
    Column("resource", ratio=5),
    Column("owner", ratio=3),
    Column("was", width=11),
    Column("now", width=11),
    Column("$/h", number=True),
    Column("because", ratio=4),
)


def _affected(each: Affected) -> list[RenderableType]:
    resource = each.after.resource
    because = [Text.assemble(("+ ", BAD), rule) for rule in each.new]
    because += [Text.assemble(("- ", GOOD), rule) for rule in each.gone]
    return [
        Group(shown(resource.name), Text(KINDS[resource.kind].title, QUIET)),
        shown(each.after.owner.name or "nobody known"),
        outcome_label(each.before.outcome),
        outcome_label(each.after.outcome),
        money(each.after.usd_per_hour),
        Group(*because) if because else Text("another mode or time", QUIET),
    ]


def _affected_dict(each: Affected) -> dict[str, Any]:
    return {
        "arn": each.after.resource.arn,
        "owner": each.after.owner.name,
        "was": each.before.outcome.value,
        "now": each.after.outcome.value,
        "fails_now": each.new,
        "fails_no_longer": each.gone,
    }


def _excerpt(line: str, number: int, column: int) -> RenderableType:
    """Show a line of the file and a mark under one of its characters; tabs count as one."""
    gutter = f"{number:>5} | "
    printable = "".join(c if c.isprintable() else " " for c in line[:_EXCERPT])
    mark = Text(" " * (len(gutter) + column - 1) + "^", BAD, no_wrap=True, overflow="crop")
    whole = Text.assemble((gutter, QUIET), printable, no_wrap=True, overflow="ellipsis")
    return Group(whole, mark)


def _listed(said: Sequence[str], mark: str = "·", style: str = QUIET) -> RenderableType:
    """Hang every sentence under its mark."""
    return pairs((Text(f"  {mark}", style), shown(each, limit=1000)) for each in said)
