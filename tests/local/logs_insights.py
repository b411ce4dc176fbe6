"""A part of CloudWatch Logs Insights' query language, over log lines that are at hand.

The local AWS has no engine for it. What is here is written from AWS's description of the language
(CWL_QuerySyntax): `fields`, `filter`, `sort`, `limit`, and `stats` with `count` and `sum`. Fields
of JSON lines are discovered as AWS does it: nested ones have a dotted name, elements of an array
their number. A comparison with a field that a line does not have is false. All else is refused, so
that no query passes that was not understood; that AWS understands it too, this cannot show.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

type Row = dict[str, Any]
type Test = Callable[[Row], bool]

MOST = 10_000  # rows, where a query has no limit
_FIELD = r"@?[A-Za-z_][\w.]*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<pattern>/(?:[^/\\]|\\.)*/)|(?P<number>-?\d+(?:\.\d+)?)"
    rf"|(?P<name>{_FIELD})|(?P<sign>!=|>=|<=|[=<>(),\[\]]))"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


class NotUnderstoodError(Exception):
    """The query uses something that is not here."""


def query(text: str, events: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Run a query over log events (`timestamp`, `message`) of one log group or several."""
    rows, shown, most = [_row(event) for event in events], list[str](), MOST
    for line in re.split(r"^\s*\|", text.strip(), flags=re.MULTILINE):
        command, _, rest = line.strip().partition(" ")
        match command:
            case "fields":
                for name, fields in _columns(rest):
                    shown.append(name)
                    rows = [_with(row, name, fields) for row in rows]
            case "filter":
                test = Parser.of(rest).whole()
                rows = [row for row in rows if test(row)]
            case "stats":
                rows, shown = _stats(rest, rows)
            case "sort":
                rows = _sorted(rest, rows)
            case "limit":
                most = int(rest)
            case _:
                raise NotUnderstoodError(line)
    return [{name: row[name] for name in shown if name in row} for row in rows[:most]]


def _row(event: Mapping[str, Any]) -> Row:
    row: Row = {"@timestamp": event["timestamp"], "@message": event["message"]}
    try:
        line = json.loads(event["message"])
    except ValueError:
        return row
    return row | dict(_discovered(line)) if isinstance(line, dict) else row


def _discovered(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Name every field of a JSON line."""
    prefix = f"{name}." if name else ""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _discovered(each, f"{prefix}{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _discovered(each, f"{prefix}{number}")
    else:
        yield name, value


def _columns(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Read `a, b as c, coalesce(a, b) as d`: each name, and where its value may stand."""
    for part in re.split(r",(?![^(]*\))", text):
        both = rf"\s*coalesce\(({_FIELD}),\s*({_FIELD})\) as ({_FIELD})\s*"
        if named := re.fullmatch(both, part):
            yield named[3], (named[1], named[2])
        elif plain := re.fullmatch(rf"\s*({_FIELD})(?: as ({_FIELD}))?\s*", part):
            yield plain[2] or plain[1], (plain[1],)
        else:
            raise NotUnderstoodError(part)


def _with(row: Row, name: str, fields: Sequence[str]) -> Row:
    """Add a column to a row that has a value for it."""
    found = [row[field] for field in fields if field in row]
    return row | {name: found[0]} if found else row


def _stats(text: str, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Read `count() as n, sum(a) as m by b, c`: a row for each combination that occurs."""
    what, _, by = text.partition(" by ")
    groups: dict[tuple[Any, ...], list[Row]] = {}
    keys = [name for name, _ in _columns(by)] if by else []
    for row in rows:
        groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    found = [dict(zip(keys, values, strict=True)) for values in groups]
    names = []
    for part in what.split(","):
        asked = re.fullmatch(rf"\s*(?:count\((?:\*)?\)|sum\(({_FIELD})\)) as ({_FIELD})\s*", part)
        if not asked:
            raise NotUnderstoodError(part)
        names.append(asked[2])
        for row, group in zip(found, groups.values(), strict=True):
            row[asked[2]] = sum(each.get(asked[1], 0) for each in group) if asked[1] else len(group)
    return [{n: v for n, v in row.items() if v is not None} for row in found], names + keys


def _sorted(text: str, rows: Sequence[Row]) -> list[Row]:
    """Read `a` or `a desc`; what lacks the field comes last."""
    asked = re.fullmatch(rf"({_FIELD})(?: (asc|desc))?", text.strip())
    if not asked:
        raise NotUnderstoodError(text)
    name = asked[1]
    there = sorted(
        (r for r in rows if name in r), key=lambda r: r[name], reverse=asked[2] == "desc"
    )
    return there + [r for r in rows if name not in r]


@dataclass
class Parser:
    """A condition: comparisons with `and`, `or`, `not`, `in`, `like` and parentheses."""

    tokens: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Parser":
        """Take a text apart."""
        tokens, at, text = list[tuple[str, str]](), 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise NotUnderstoodError(text[at:])
            tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()
        return cls(tokens)

    def whole(self) -> Test:
        """Read all of it."""
        test = self._either()
        if self.tokens:
            raise NotUnderstoodError(self.tokens)
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._take("not"):
            test = self._one()
            return lambda row: not test(row)
        if self._take("("):
            inner = self._either()
            self._need(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        kind, name = self._next()
        if kind != "name":
            raise NotUnderstoodError(name)
        _, sign = self._next()
        if sign == "in":
            return self._among(name)
        if sign == "like":
            return self._like(name)
        if sign not in _COMPARE:
            raise NotUnderstoodError(sign)
        compare, wanted = _COMPARE[sign], self._value()
        number = isinstance(wanted, float)
        return lambda row: (
            name in row
            and isinstance(row[name], int | float) is number
            and compare(row[name], wanted)
        )

    def _among(self, name: str) -> Test:
        self._need("[")
        wanted = [self._value()]
        while self._take(","):
            wanted.append(self._value())
        self._need("]")
        return lambda row: name in row and row[name] in wanted

    def _like(self, name: str) -> Test:
        kind, what = self._next()
        pattern = re.compile(what[1:-1] if kind == "pattern" else re.escape(what[1:-1]))
        return lambda row: name in row and bool(pattern.search(str(row[name])))

    def _value(self) -> Any:
        kind, what = self._next()
        if kind == "number":
            return float(what)
        if kind == "text":
            return what[1:-1]
        raise NotUnderstoodError(what)

    def _next(self) -> tuple[str, str]:
        if not self.tokens:
            raise NotUnderstoodError("the condition ends too early")
        return self.tokens.pop(0)

    def _take(self, word: str) -> bool:
        if self.tokens and self.tokens[0][1] == word:
            self.tokens.pop(0)
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise NotUnderstoodError(f"expected {word}")
