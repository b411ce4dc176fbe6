"""Positions of the settings in a TOML text, which tomllib does not keep.

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
class Position:
    """A position in a text as editors count: the first line and column are 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SettingPosition:
    """The positions of a setting's key and value; a table's value is its header."""

    key: Position
    value: Position


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a policy file, and its position."""

    position: Position
    text: str


def locate_problems(text: str, problems: tuple[str, ...]) -> list[Problem]:
    """Locate each problem, in the order of the file."""
    positions = setting_positions(text)
    found = [Problem(_find_position(problem, positions, text), problem) for problem in problems]
    return sorted(found, key=lambda problem: problem.position)


def setting_positions(text: str) -> dict[str, SettingPosition]:
    """Return the position of every setting of a TOML text, by path."""
    source = text.encode()
    root = Parser(Language(tree_sitter_toml.language())).parse(source).root_node
    found: dict[str, SettingPosition] = {}
    for path, setting in _walk(root, _Columns(text)):
        found.setdefault(path, setting)
    return found


class _Columns:
    """Converts tree-sitter's byte columns into character columns."""

    def __init__(self, text: str) -> None:
        self._lines = text.encode().split(b"\n")

    def position(self, node: Node) -> Position:
        """Return the start of a node."""
        row, column = node.start_point.row, node.start_point.column
        return Position(row + 1, len(self._lines[row][:column].decode()) + 1)


def _walk(root: Node, columns: _Columns) -> Iterator[tuple[str, SettingPosition]]:
    """Follow tables and arrays of tables as TOML does: `[[x]]` begins a new element of `x`."""
    counts: dict[str, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair(node, "", columns)
        elif node.type in _TABLES:
            head, *inside = node.named_children
            path = _path(_words(head), counts, begins=node.type == "table_array_element")
            position = columns.position(head)
            # an array, before its elements
            yield path.removesuffix("[0]"), SettingPosition(position, position)
            yield path, SettingPosition(position, position)
            for child in inside:
                if child.type == "pair":
                    yield from _pair(child, path, columns)


def _path(words: list[str], counts: dict[str, int], *, begins: bool) -> str:
    """Return a table's path, through the latest element of every array in it."""
    path = ""
    for number, word in enumerate(words):
        path = _join(path, word)
        if begins and number == len(words) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _pair(node: Node, above: str, columns: _Columns) -> Iterator[tuple[str, SettingPosition]]:
    key, *values = [child for child in node.named_children if child.type != "comment"]
    path, position = above, columns.position(key)
    *tables, last = _words(key)
    for word in tables:
        path = _join(path, word)
        yield path, SettingPosition(position, position)
    if values:
        yield from _value(values[0], _join(path, last), position, columns)


def _value(
    node: Node, path: str, key: Position, columns: _Columns
) -> Iterator[tuple[str, SettingPosition]]:
    position = columns.position(node)
    yield path, SettingPosition(key, position)
    inside = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for child in inside:
            yield from _pair(child, path, columns)
    elif node.type == "array":
        for number, child in enumerate(inside):
            yield from _value(child, f"{path}[{number}]", columns.position(child), columns)


def _words(key: Node) -> list[str]:
    """Split a key: `a."b.c"` is two words."""
    if key.type == "dotted_key":
        return [word for child in key.named_children for word in _words(child)]
    text = (key.text or b"").decode()
    return [text] if key.type == "bare_key" else list(tomllib.loads(f"{text} = 0"))


def _find_position(problem: str, positions: Mapping[str, SettingPosition], text: str) -> Position:
    if match := _TOML_SAYS.search(problem):
        lines = text.split("\n")
        end = Position(len(lines), len(lines[-1]) + 1)
        return Position(int(match[1]), int(match[2])) if match[1] else end
    candidates = [
        path for path in positions if problem.startswith((f"{path}:", f"{path}.", f"{path}["))
    ]
    if not candidates:
        return Position(1, 1)
    nearest = max(candidates, key=len)
    is_exact = problem.startswith(f"{nearest}: ")
    reason = problem.removeprefix(f"{nearest}: ")
    setting = positions[nearest]
    return setting.value if is_exact and not reason.startswith(_OF_THE_KEY) else setting.key


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
