"""The text of a roster: what a spreadsheet or a learning platform wrote, as lines of cells.

Excel writes UTF-8 with a byte order mark, Windows-1252, or (as `Unicode Text`) UTF-16 with tabs;
where the comma is a decimal sign it writes semicolons, and may begin with a line `sep=;`.
"""

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

from msgspec import Struct

from costguard.common.errors import GuardError

_DELIMITERS = (",", ";", "\t")
_SEPARATOR = "sep="
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods; .xls


class RosterProblem(Struct, frozen=True):
    """What is wrong in a roster, and where; `value` is what people wrote there."""

    line: int
    column: str
    value: str
    expected: str


class RosterInvalid(GuardError):
    """A roster that cannot be used; the first problems of it."""

    def __init__(self, *problems: RosterProblem) -> None:
        self.problems = problems
        super().__init__(f"the roster has {len(problems)} problems")  # no name: it may be logged


class RosterLine(Struct, frozen=True):
    """The cells of one person, and the line of the file where they begin."""

    number: int
    cells: list[str]


def roster_lines(data: bytes) -> Iterator[RosterLine]:
    """Yield the lines of a file that are not empty. Raises RosterInvalid."""
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    past = 0
    if first.strip().strip('"').casefold().startswith(_SEPARATOR):
        delimiter, text, past = first.strip().strip('"')[len(_SEPARATOR) :], rest, 1
    else:
        delimiter = _delimiter(first)
    if delimiter not in _DELIMITERS:
        raise RosterInvalid(RosterProblem(1, "", first[:80], "a comma, semicolon or tab"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1 + past
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield RosterLine(line, cells)
            line = reader.line_num + 1 + past
    except csv.Error as error:
        raise RosterInvalid(RosterProblem(line, "", "", f"quotes in pairs ({error})")) from None


def _decoded(data: bytes) -> str:
    """Decode a file: by its mark, by its first zero, as UTF-8, or as Windows-1252."""
    if data.startswith(_WORKBOOKS):
        expected = "a CSV; a spreadsheet saves one as `CSV UTF-8`"
        raise RosterInvalid(RosterProblem(1, "", "a workbook", expected))
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in data[:2]:
        encodings = ["utf-16-be" if data[0] == 0 else "utf-16-le"]
    else:
        encodings = ["utf-8-sig"] if data.startswith(BOM_UTF8) else ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line, at = data.count(b"\n", 0, error.start) + 1, data[error.start]
        else:
            return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    raise RosterInvalid(RosterProblem(line, "", f"byte 0x{at:02x}", "a text in UTF-8"))


def _delimiter(header: str) -> str:
    """Return the delimiter of the first line: the one that is most frequent outside quotes."""
    bare = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)
