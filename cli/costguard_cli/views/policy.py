"""A policy on the terminal: its problems under their lines, its summary, its changes."""

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
from costguard_cli.policies.toml_positions import LocatedRemark
from costguard_cli.views.labels import outcome_label

_EXCERPT = 160  # characters of a line


def remarks(console: Console, name: str, source: str, found: Sequence[LocatedRemark]) -> None:
    """Print each remark under its line, with a mark where it is; problems come first."""
    odd = [each for each in found if each.odd]
    wrong = [each for each in found if not each.odd]
    for each in wrong:
        _remark(console, name, source, each)
    if odd:
        console.print(heading("Worth a look", "allowed, but probably a mistake"))
    for each in odd:
        _remark(console, name, source, each)
    look = f"{pluralize(len(odd), 'setting')} worth a look" if odd else ""
    if wrong:
        says = ", ".join(filter(None, (pluralize(len(wrong), "problem"), look)))
        console.print(Text(f"{says} in {name}", BAD))
    else:
        console.print(Text(f"{name}: no problems" + (f", {look}" if look else ""), GOOD))


def _remark(console: Console, name: str, source: str, each: LocatedRemark) -> None:
    lines = source.split("\n")
    line, column = each.position.line, each.position.column
    at = Text.assemble((f"{name}:{line}:{column}", QUIET), "  ")
    console.print(at.append_text(shown(each.text, limit=1000)))
    if column <= _EXCERPT and line <= len(lines):
        console.print(_excerpt(lines[line - 1], line, column))


def remarks_as_dicts(found: Sequence[LocatedRemark]) -> list[dict[str, Any]]:
    """Encode remarks as JSON."""
    return [
        {
            "line": each.position.line,
            "column": each.position.column,
            "problem": each.text,
            "class": "worth a look" if each.odd else "problem",
        }
        for each in found
    ]


def summary(console: Console, source: str, topics: Sequence[Topic]) -> None:
    """Print a policy in sentences."""
    console.print(Text(f"The policy {source}", QUIET))
    for topic in topics:
        if topic.sentences:
            console.print(heading(topic.name))
            console.print(_listed(topic.sentences))


def difference(
    console: Console,
    changes: Sequence[Change],
    affected: Sequence[Affected] | None,
    *,
    complete: bool,
) -> None:
    """Print the changes, and the affected resources; None where none were read."""
    if not changes:
        console.print(Text("The two policies do not differ.", GOOD))
    for change in changes:
        console.print(heading(change.topic))
        console.print(_listed(change.was, "-", BAD))
        console.print(_listed(change.now, "+", GOOD))
    if affected is None:
        hint = "To list affected resources, add --audit FILE (from audit --json) or --live."
        console.print(Padding(Text(hint, QUIET), (1, 0, 0, 0)))
        return
    console.print(heading("Affected resources", "as if nobody had been warned yet"))
    if affected:
        console.print(table(_COLUMNS, [_affected(each) for each in affected]))
    owners = {each.after.owner.name for each in affected}
    amount = f"{pluralize(len(affected), 'resource')} of {pluralize(len(owners), 'owner')}"
    console.print(Text(f"{amount} would be treated differently." if affected else "None now."))
    if not complete:
        console.print(Text("Not everything could be seen: there may be more.", POOR))


def as_dict(
    changes: Sequence[Change], affected: Sequence[Affected] | None, *, complete: bool
) -> dict[str, Any]:
    """Encode a difference; `affected` is null where no resources were read."""
    return {
        "changes": [{"topic": c.topic, "was": c.was, "now": c.now} for c in changes],
        "affected": None if affected is None else [_affected_dict(each) for each in affected],
        "saw_everything": complete,
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
    excerpt = Text.assemble((gutter, QUIET), printable, no_wrap=True, overflow="ellipsis")
    return Group(excerpt, mark)


def _listed(sentences: Sequence[str], mark: str = "·", style: str = QUIET) -> RenderableType:
    """List sentences, each with a bullet."""
    return pairs((Text(f"  {mark}", style), shown(each, limit=1000)) for each in sentences)
