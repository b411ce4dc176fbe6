"""Read the bytes of a policy file into TOML tables; report what is not TOML, with the fix."""

import codecs
import re
import tomllib
from datetime import date, time
from decimal import Decimal
from typing import Any

from costguard.common.remarks import Remark
from costguard.policy.suggestions import MOST

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DEEPEST = 20
_DIGITS = re.compile(r"[0-9_a-fA-Fx]{1000,}")
_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++\s*+\.\s*+){100}""")
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_WORD = re.compile(r"[^\s,#=\[\]{}]+")
_FIXES = (
    # tomllib's message, the text before the place, the text at it, the fix
    (r"", r"", r"[\u201c\u201d\u2018\u2019\u201e]", 'write straight quotes: "'),
    (r"", r",\s*$", r"\}", "a table in braces has no comma before }"),
    (r"", r"\{[^}]*$", r"\s*(#|$)", "a table in braces stands on one line; or write a [table]"),
    (r"Invalid value", r"", r"(?i)(true|false|yes|no|on|off)\b", "write true or false"),
    (r"Invalid value", r"", r"(?i)(none|null|nil)\b", "leave the setting out"),
    (r"Invalid value", r"=\s*$", r"(#|$)", "the value is missing"),
    (r"Invalid value", r"", r"[^\s#]", 'a text stands in quotes: "{}"'),
    (r"Expected newline", r"[=,\[{]\s*[\d.]+$", r"[a-zA-Z]", 'a duration stands in quotes: "{}"'),
    (r"Expected newline", r"", r"", "one setting stands on a line, and a text in quotes"),
    (r"twice|overwrite|[Dd]uplicate|redefine|mutate", r"", r"", "it stands in the file twice"),
    (r"Expected '='", r"", r":", "write = instead of :"),
    (r"Expected '='", r"", r"", "a line is `key = value`, or a [table]"),
    (r"Unescaped|escape", r"", r"", r"write \\ for a backslash, or the text in single quotes"),
    (
        r"Unterminated|Expected [\"'\\]|Illegal character '\\n'",
        r"",
        r"",
        "its last quote is missing",
    ),
    (r"Unclosed array", r"", r"", "a comma or the ] at its end is missing"),
    (r"Unclosed inline table", r"", r"", "a comma or the } at its end is missing"),
)


class NotTomlError(Exception):
    """The text is not valid TOML, or not text; the remark has the place and the fix."""

    def __init__(self, says: str, at: tuple[int, int]) -> None:
        self.at = at
        self.remark = Remark(path=(), says=says, at=at)
        super().__init__(says)


def decode_text(data: bytes) -> str:
    """Decode a file's bytes: UTF-8, or what its byte-order mark says. Raises NotTomlError."""
    mark, coding = next((each for each in _MARKS if data.startswith(each[0])), (b"", "utf-8"))
    body = data.removeprefix(mark)
    if not mark and b"\0" in body:
        raise NotTomlError("not UTF-8 text (UTF-16 without a mark?): save it as UTF-8", (1, 1))
    try:
        return body.decode(coding)
    except UnicodeDecodeError as exc:
        before = body[: exc.start].decode(coding, "replace").split("\n")
        at = len(before), len(before[-1]) + 1
        raise NotTomlError(f"not {coding.upper()} text: save it as UTF-8", at) from None


def read_tables(text: str) -> dict[str, Any]:
    """Read TOML; numbers with a point are exact. Raises NotTomlError."""
    if huge := _DIGITS.search(text):
        raise NotTomlError("not TOML: a number is far too long", _place(text, huge.start()))
    if deep := _DOTTED.search(text):  # tomllib takes the square of its length
        raise NotTomlError("not TOML: it is nested too deeply", _place(text, deep.start()))
    try:
        found = tomllib.loads(text.removeprefix("\ufeff"), parse_float=_exact)
    except RecursionError:
        raise NotTomlError("not TOML: it is nested too deeply", _deepest_line(text)) from None
    except tomllib.TOMLDecodeError as exc:
        raise _with_fix(text, str(exc)) from None
    if _is_deep(found):
        raise NotTomlError("not TOML: it is nested too deeply", _deepest_line(text))
    return found


def _exact(number: str) -> Decimal:
    try:
        return Decimal(number)
    except ArithmeticError:
        return Decimal("NaN")  # refused at its own place


def _with_fix(text: str, says: str) -> NotTomlError:
    where = _WHERE.search(says)
    lines = text.replace("\r\n", "\n").split("\n")
    line, column = len(lines), len(lines[-1]) + 1
    if where and where[1]:
        line, column = int(where[1]), int(where[2])
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    fixes = (
        fix
        for message, left, right, fix in _FIXES
        if re.search(message, says) and re.search(left, before) and re.match(right, after)
    )
    fix = next(fixes, "")
    if "{}" in fix:  # the word at that place, from its first character
        words = (m[0] for m in _WORD.finditer(lines[line - 1]) if m.start() < column <= m.end())
        fix = fix.format(next(words, "…"))
    return NotTomlError(f"not TOML: {says}" + (f"; {fix}" if fix else ""), (line, column))


def _is_deep(tables: object) -> bool:
    level: list[Any] = [tables]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _deepest_line(text: str) -> tuple[int, int]:
    """Point at the line with the most brackets or dots: where the nesting is."""
    lines = text.split("\n")
    return max(range(len(lines)), key=lambda i: sum(map(lines[i].count, "[{."))) + 1, 1


def _place(text: str, index: int) -> tuple[int, int]:
    before = text[:index].split("\n")
    return len(before), len(before[-1]) + 1


def shown(value: object) -> str:
    """Write a value as in TOML."""
    match value:
        case int() if abs(value) > MOST**3:
            return "a huge number"
        case Decimal() | date() | time():
            return str(value)
        case list():
            return f"[{', '.join(map(shown, value))}]"
        case dict():
            return "{" + ", ".join(f"{key!r}: {shown(v)}" for key, v in value.items()) + "}"
        case _:
            return repr(value)
