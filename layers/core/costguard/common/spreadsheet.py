"""CSV that a spreadsheet opens as it is: in UTF-8, and no text of a user is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from costguard.common.sanitize import single_line

_LONGEST = 2000
_FORMULAS = "=+-@\uff1d\uff0b\uff0d\uff20"  # also as East Asian keyboards write them


def csv_text(rows: Iterable[Sequence[str | Decimal | int | None]]) -> str:
    """Write rows; a text that a spreadsheet would compute gets an apostrophe before it."""
    file = io.StringIO()
    file.write("\ufeff")  # without it Excel reads another encoding
    csv.writer(file).writerows(map(_cell, row) for row in rows)
    return file.getvalue()


def _cell(value: str | Decimal | int | None) -> str:
    if not isinstance(value, str):
        return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    line = single_line(value, _LONGEST)
    return f"'{line}" if line.lstrip().startswith(tuple(_FORMULAS)) else line
