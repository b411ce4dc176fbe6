"""docs/policy-reference.md: every setting of the policy, from the classes that read it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from costguard.kinds import KINDS
from costguard.rules import RULES
from docs.make.walk import Setting, settings
from docs.make.words import WORDS

PATH = Path(__file__).parents[1] / "policy-reference.md"
_HEAD = """\
# Policy reference

Every setting of `layers/policy/policy.toml`, written from the code by `make docs`. A policy with a mistake never
deploys; `costguard policy check FILE` names every mistake at once, with what was expected.

- A **duration** is `90s`, `15m`, `4h`, `2d` or `1h 30m`. **Hours** are `22:00-07:00`. **USD** is a number such as `250`
  or `99.50`. A **time zone** has an IANA name: `America/Chicago`.
- *One, or a table by kind*: a single value holds for every kind; a table names kinds, and `"*"` is the rest. A kind that
  the table does not name is free. The kinds: {kinds}.
- A rule runs when its table is there, even an empty one. Without any `[rules…]` table all run on their defaults.
- The defaults are those of the code; [the shipped policy](../layers/policy/policy.toml) sets many of them, with comments.
"""
_TITLES = {
    "": "The whole policy",
    "contact": "`[contact]`",
    "people[]": "`[[people]]`",
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
    return "\n".join((_HEAD.format(kinds=kinds), *sections))


def table_of(setting: Setting) -> str:
    """Name the TOML table that a setting is written in."""
    words = setting.path.split(".")
    return ".".join(words[:2]) if words[0] == "rules" else words[0] if len(words) > 1 else ""


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
        means, example = WORDS[setting.path]
        name = setting.path.removeprefix(table).removeprefix(".")
        default = setting.default
        shown = default if default in ("", "*required*") else f"`{default}`"
        yield f"| `{name}` | {setting.form} | {shown} | {means} | `{example}` |"
    yield ""
