"""The README's table of rules: the question is the module's own first line."""

import sys
from pathlib import Path

from msgspec.structs import fields

from costguard.rules import RULES

PATH = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- rules: written by `make docs` -->\n", "<!-- end of rules -->\n"


def document() -> str:
    """Give the README with the table as the code has it now."""
    text = PATH.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + table() + END + after


def table() -> str:
    """Write a row for every rule."""
    lines = ["", "| rule | what it asks | settings |", "|---|---|---|"]
    for rule in RULES.values():
        question = str(sys.modules[rule.check.__module__].__doc__).strip()
        names = ", ".join(f"`{field.name}`" for field in fields(rule.options))
        lines.append(f"| `{rule.id}` | {question} | {names} |")
    return "\n".join((*lines, "", ""))
