"""Positions of the settings in a TOML text, which tomllib does not keep.

Paths are those of `costguard.policy.decoder`: `("people", 0, "name")`.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from costguard.common.remarks import Path, Remark
from costguard.policy.toml_text import NotTomlError, read_tables

_TABLES = ("table", "table_array_element")


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
class LocatedRemark:
    """One remark on a policy file, and its position."""

    position: Position
    text: str
    odd: bool


def locate(text: str, remarks: Iterable[Remark]) -> list[LocatedRemark]:
    """Locate each remark, in the order of the file."""
    positions = setting_positions(text)
    found = [LocatedRemark(_position(each, positions), str(each), each.odd) for each in remarks]
    return sorted(found, key=lambda remark: remark.position)


def setting_positions(text: str) -> dict[Path, SettingPosition]:
    """Return the position of every setting of a TOML text, by path; none where it is no TOML.

    What the grammar of tree-sitter cannot follow has none: its table's position stands in for it.
    """
    try:
        read_tables(text)
    except NotTomlError:
        return {}
    source = text.encode()
    root = Parser(Language(tree_sitter_toml.language())).parse(source).root_node
    found: dict[Path, SettingPosition] = {}
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


def _walk(root: Node, columns: _Columns) -> Iterator[tuple[Path, SettingPosition]]:
    """Follow tables and arrays of tables as TOML does: `[[x]]` begins a new element of `x`."""
    counts: dict[Path, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair(node, (), columns)
        elif node.type in _TABLES and node.named_children and not node.named_children[0].has_error:
            head, *inside = node.named_children
            path = _path(_words(head), counts, begins=node.type == "table_array_element")
            position = columns.position(head)
            if path[-1] == 0:  # an array, before its elements
                yield path[:-1], SettingPosition(position, position)
            yield path, SettingPosition(position, position)
            for child in inside:
                if child.type == "pair":
                    yield from _pair(child, path, columns)


def _path(words: list[str], counts: dict[Path, int], *, begins: bool) -> Path:
    """Return a table's path, through the latest element of every array in it."""
    path: Path = ()
    for number, word in enumerate(words):
        path = (*path, word)
        if begins and number == len(words) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _pair(node: Node, above: Path, columns: _Columns) -> Iterator[tuple[Path, SettingPosition]]:
    key, *values = [child for child in node.named_children if child.type != "comment"]
    if key.has_error:
        return
    path, position = above, columns.position(key)
    *tables, last = _words(key)
    for word in tables:
        path = (*path, word)
        yield path, SettingPosition(position, position)
    if values:
        yield from _value(values[0], (*path, last), position, columns)


def _value(
    node: Node, path: Path, key: Position, columns: _Columns
) -> Iterator[tuple[Path, SettingPosition]]:
    position = columns.position(node)
    yield path, SettingPosition(key, position)
    inside = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        for child in inside:
            if child.type == "pair":
                yield from _pair(child, path, columns)
    elif node.type == "array":
        for number, child in enumerate(inside):
            yield from _value(child, (*path, number), columns.position(child), columns)


def _words(key: Node) -> list[str]:
    """Split a key: `a."b.c"` is two words."""
    if key.type == "dotted_key":
        return [word for child in key.named_children for word in _words(child)]
    text = (key.text or b"").decode()
    return [text] if key.type == "bare_key" else list(tomllib.loads(f"{text} = 0"))


def _position(remark: Remark, positions: Mapping[Path, SettingPosition]) -> Position:
    """Find a remark's place: its setting's, or that of the nearest table around it."""
    if remark.at:
        return Position(*remark.at)
    path = remark.path
    while path and path not in positions:
        path = path[:-1]
    if not path:
        return Position(1, 1)
    of_key = remark.of_key or path != remark.path
    return positions[path].key if of_key else positions[path].value
