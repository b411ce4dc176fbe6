"""docs/policy-reference.md: every setting of the policy, from the classes that read it."""

import tomllib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from costguard.resources.registry import KINDS
from costguard.rules import RULES
from docs.make.walk import Setting, settings

PATH = Path(__file__).parents[1] / "policy-reference.md"
WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "words.toml").read_text(encoding="utf-8")
)
_TITLES = {
    "": "The whole policy",
    "contact": "`[contact]`",
    "people[]": "`[[people]]`",
    "courses[]": "`[[courses]]`",
    "courses[].class_hours[]": "`[[courses.class_hours]]`",
    "courses[].people[]": "`[[courses.people]]`",
    "accounts.<account>": '`[accounts."ACCOUNT"]`',
    "exemptions[]": "`[[exemptions]]`",
    "notify": "`[notify]`",
    "rules.<rule>": "Every rule",
}


def document() -> str:
    """Write it."""
    kinds = ", ".join(f"`{kind}`" for kind in KINDS)
    tables = {table: tuple(each) for table, each in _by_table(settings())}
    order = sorted(tables, key=lambda table: (table != "", table.startswith("rules.")))
    sections = ("\n".join(_section(table, tables[table])) for table in order)
    head = (Path(__file__).parent / "policy-reference.md").read_text(encoding="utf-8")
    return "\n".join((head.format(kinds=kinds), *sections))


def table_of(setting: Setting) -> str:
    """Name the TOML table that a setting is written in."""
    words = setting.path.split(".")
    if lists := [number for number, word in enumerate(words) if word.endswith("[]")]:
        return ".".join(words[: lists[-1] + 1])
    if words[0] in ("rules", "accounts"):
        return ".".join(words[:2])
    return words[0] if len(words) > 1 else ""


def _by_table(found: Iterable[Setting]) -> Iterator[tuple[str, Iterable[Setting]]]:
    return groupby(sorted(found, key=table_of), key=table_of)


def _section(table: str, found: Iterable[Setting]) -> Iterator[str]:
    rule = table.removeprefix("rules.")
    yield f"## {_TITLES.get(table, f'`[{table}]`')}\n"
    if rule in RULES:
        yield f"{RULES[rule].title}.\n"
    yield "| setting | what it is | default | means | example |"
    yield "|---|---|---|---|---|"
    for setting in found:
        words = WORDS[setting.path]
        name = setting.path.removeprefix(table).removeprefix(".")
        default = setting.default
        shown = default if default in ("", "*required*") else f"`{default}`"
        yield f"| `{name}` | {setting.form} | {shown} | {words['means']} | `{words['example']}` |"
    yield ""
