"""How everything looks: consoles, tables, colours, progress. What others wrote is inert here."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.control import Control
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.segment import ControlType
from rich.table import Table
from rich.text import Text

from costguard.common.formatting import usd
from costguard.common.sanitize import multi_line, single_line
from costguard.policy.model import Policy

BAD, POOR, GOOD, QUIET, HEAD = "bold red3", "dark_orange3", "green4", "grey50", "bold"
"""Of the 256 colours, those that can be read on white and on black."""
WIDE = 110
"""From this many columns on, reasons stand beside names instead of being left out."""
_LONG = 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head; its width in characters where that is fixed, or its share of the rest."""

    title: str
    number: bool = False
    ratio: int | None = None
    width: int | None = None


def screen() -> Console:
    """Make the console for answers. Nothing that is printed is read as markup."""
    return Console(markup=False, highlight=False, emoji=False)


def aside() -> Console:
    """Make the console for everything that is no answer: progress and complaints."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def text(said: object, style: str = "", limit: int = 200) -> Text:
    """Print what somebody else wrote: on one line, without control characters, cut at `limit`."""
    return Text(single_line(str(said), limit), style=style)


def lines(said: str, style: str = "") -> Text:
    """Print several lines that somebody else wrote."""
    return Text(multi_line(said, _LONG), style=style)


def money(amount: Decimal | None) -> Text:
    """Say dollars; an unknown price is said."""
    return Text("unknown", POOR) if amount is None else Text(usd(amount))


def heading(title: str, note: str = "") -> RenderableType:
    """Begin a part."""
    head = Text().append(title, HEAD)
    if note:
        head.append(f"  {note}", QUIET)
    return Padding(head, (1, 0, 0, 0))


def table(columns: Sequence[Column], rows: Sequence[Sequence[RenderableType]]) -> Table:
    """Lay rows out under a thin line."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style=QUIET)
    made.expand = any(column.ratio for column in columns)
    for column in columns:
        made.add_column(
            column.title,
            justify="right" if column.number else "left",
            ratio=column.ratio,
            width=column.width,
            no_wrap=column.number,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*row)
    return made


def pairs(rows: Iterable[tuple[RenderableType, RenderableType]]) -> Table:
    """Lay out names and what they are."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style=QUIET, no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(name, value)
    return made


def print_json(answer: object) -> None:
    """Write an answer for machines: ASCII only, so that nothing in it can move a cursor."""
    sys.stdout.write(json.dumps(answer, indent=2, default=str) + "\n")


def clear(console: Console) -> None:
    """Take half-drawn progress off a terminal, and give the cursor back."""
    if console.is_terminal:
        console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))
        console.show_cursor()


class Bar:
    """Progress of a look at an account; what there is to do becomes known on the way."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress, self._task, self._total = progress, task, 0

    def more(self, number: int) -> None:
        """So much more is to be looked at."""
        self._total += number
        self._progress.update(self._task, total=self._total)

    def done(self) -> None:
        """One was looked at."""
        self._progress.advance(self._task)


@contextmanager
def progress(console: Console, says: str) -> Iterator[Bar]:
    """Show progress while somebody watches; a pipe sees nothing of it."""
    shown = Progress(
        SpinnerColumn(style=QUIET),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with shown:
        yield Bar(shown, shown.add_task(says, total=None))


def clock(moment: datetime, policy: Policy, now: datetime) -> str:
    """Say a moment on the policy's clock; the day where it is not today."""
    local, today = moment.astimezone(policy.timezone.info), now.astimezone(policy.timezone.info)
    form = "%H:%M" if local.date() == today.date() else "%a %d %b %H:%M"
    return f"{local:{form}}"


def full_clock(moment: datetime, policy: Policy) -> str:
    """Say a moment with its day and zone."""
    return f"{moment.astimezone(policy.timezone.info):%a %d %b %Y %H:%M %Z}"
