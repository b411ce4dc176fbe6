"""Where in a TOML text each setting stands: the positions that tomllib does not keep. Pure.

Paths are spelled as `costguard.policy.decoder` spells them in its problems: `people[0].name`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

_TABLES = ("table", "table_array_element")
_TOML_SAYS = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")
_OF_THE_KEY = ("no such setting", "missing", "expected a rule (", "expected a kind (")


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in a text as editors count: the first line and column are 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting's name and its value stand; a table's value is its head."""

    key: Spot
    value: Spot


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a policy file, and where it is."""

    spot: Spot
    says: str


def located(text: str, problems: tuple[str, ...]) -> list[Problem]:
    """Give each problem its place, in the order of the file."""
    there = places(text)
    found = [Problem(_spot(problem, there, text), problem) for problem in problems]
    return sorted(found, key=lambda problem: problem.spot)


def places(text: str) -> dict[str, Place]:
    """Find every setting of a TOML text."""
    source = text.encode()
    root = Parser(Language(tree_sitter_toml.language())).parse(source).root_node
    found: dict[str, Place] = {}
    for path, place in _walk(root, _Columns(text)):
        found.setdefault(path, place)
    return found


class _Columns:
    """Turns tree-sitter's bytes into characters, which people count."""

    def __init__(self, text: str) -> None:
        self._lines = text.encode().split(b"\n")

    def spot(self, node: Node) -> Spot:
        """Say where a node begins."""
        row, column = node.start_point.row, node.start_point.column
        return Spot(row + 1, len(self._lines[row][:column].decode()) + 1)


def _walk(root: Node, columns: _Columns) -> Iterator[tuple[str, Place]]:
    """Follow tables and arrays of tables as TOML does: `[[x]]` begins a new element of `x`."""
    counts: dict[str, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair(node, "", columns)
        elif node.type in _TABLES:
            head, *inside = node.named_children
            path = _path(_words(head), counts, begins=node.type == "table_array_element")
            spot = columns.spot(head)
            yield path.removesuffix("[0]"), Place(spot, spot)  # an array, before its elements
            yield path, Place(spot, spot)
            for child in inside:
                if child.type == "pair":
                    yield from _pair(child, path, columns)


def _path(words: list[str], counts: dict[str, int], *, begins: bool) -> str:
    """Spell a table's path, through the latest element of every array on the way."""
    path = ""
    for number, word in enumerate(words):
        path = _join(path, word)
        if begins and number == len(words) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _pair(node: Node, above: str, columns: _Columns) -> Iterator[tuple[str, Place]]:
    key, *values = [child for child in node.named_children if child.type != "comment"]
    path, spot = above, columns.spot(key)
    *tables, last = _words(key)
    for word in tables:
        path = _join(path, word)
        yield path, Place(spot, spot)
    if values:
        yield from _value(values[0], _join(path, last), spot, columns)


def _value(node: Node, path: str, key: Spot, columns: _Columns) -> Iterator[tuple[str, Place]]:
    spot = columns.spot(node)
    yield path, Place(key, spot)
    inside = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for child in inside:
            yield from _pair(child, path, columns)
    elif node.type == "array":
        for number, child in enumerate(inside):
            yield from _value(child, f"{path}[{number}]", columns.spot(child), columns)


def _words(key: Node) -> list[str]:
    """Take a key apart: `a."b.c"` is two words."""
    if key.type == "dotted_key":
        return [word for child in key.named_children for word in _words(child)]
    said = (key.text or b"").decode()
    return [said] if key.type == "bare_key" else list(tomllib.loads(f"{said} = 0"))


def _spot(problem: str, there: Mapping[str, Place], text: str) -> Spot:
    if told := _TOML_SAYS.search(problem):
        lines = text.split("\n")
        end = Spot(len(lines), len(lines[-1]) + 1)
        return Spot(int(told[1]), int(told[2])) if told[1] else end
    around = [path for path in there if problem.startswith((f"{path}:", f"{path}.", f"{path}["))]
    if not around:
        return Spot(1, 1)
    nearest = max(around, key=len)
    exactly = problem.startswith(f"{nearest}: ")
    says = problem.removeprefix(f"{nearest}: ")
    place = there[nearest]
    return place.value if exactly and not says.startswith(_OF_THE_KEY) else place.key


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
