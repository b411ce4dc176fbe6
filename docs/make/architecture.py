"""The picture of the layers in docs/architecture.md, from the import contract in pyproject.toml."""

import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

PATH = Path(__file__).parents[1] / "architecture.md"
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
BEGIN, END = "<!-- layers: written by `make docs` -->\n", "<!-- end of layers -->\n"


def document() -> str:
    """Return the document with the layers as the contract has them now."""
    before, rest = PATH.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + "\n".join(("", *_picture(layers()), "", "")) + END + after


def layers() -> Sequence[Sequence[str]]:
    """Return the packages of the core, the highest layer first."""
    tools = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]
    [found] = [
        each["layers"]
        for each in tools["importlinter"]["contracts"]
        if each["type"] == "layers" and each["containers"] == ["costguard"]
    ]
    return [layer.split(" | ") for layer in found]


def _picture(found: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "```mermaid"
    yield "flowchart TB"
    for above, below in pairwise(found):
        yield f"  {' & '.join(above)} --> {' & '.join(below)}"
    yield "```"
