"""A table of the page: its columns sort, its cells hold only text."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from msgspec import Struct

from costguard.common.sanitize import single_line

_ROWS = 500  # in one table: a page stays a few hundred kilobytes


class Column(Struct, frozen=True):
    """A column's head, and whether it holds numbers."""

    title: str
    number: bool = False


type Cell = str | tuple[str, Decimal]  # a text, or a shown text and its sort key
type Row = Sequence[Cell]


def table(title: str, columns: Sequence[Column], rows: Sequence[Row], note: str = "") -> str:
    """Write the table; mark an empty one."""
    if not rows:
        return f"<section><h2>{escape(title)}</h2><p>Nothing.</p></section>"
    heads = "".join(
        f"<th{' class=n' if c.number else ''} scope=col><button>{escape(c.title)}</button></th>"
        for c in columns
    )
    body = "".join("<tr>" + "".join(map(_cell, row, columns)) + "</tr>" for row in rows[:_ROWS])
    more = f"<p>and {len(rows) - _ROWS} more</p>" if len(rows) > _ROWS else ""
    said = f"<p>{escape(note)}</p>" if note else ""
    return (
        f"<section><h2>{escape(title)}</h2>{said}<div class=scroll><table><thead><tr>{heads}</tr>"
        f"</thead><tbody>{body}</tbody></table></div>{more}</section>"
    )


def _cell(cell: Cell, column: Column) -> str:
    shown, order = cell if isinstance(cell, tuple) else (cell, None)
    sort = "" if order is None else f' data-v="{order}"'
    kind = " class=n" if column.number else ""
    return f"<td{kind}{sort}><bdi>{escape(single_line(shown, 200))}</bdi></td>"
