"""Consoles, tables, colours and progress. Text from outside is sanitised here."""

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


def stdout_console() -> Console:
    """Return the console for results. Nothing that is printed is read as markup."""
    return Console(markup=False, highlight=False, emoji=False)


def stderr_console() -> Console:
    """Return the console for progress and errors."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def text(value: object, style: str = "", limit: int = 200) -> Text:
    """Sanitise text from outside: one line, without control characters, cut at `limit`."""
    return Text(single_line(str(value), limit), style=style)


def lines(value: str, style: str = "") -> Text:
    """Sanitise several lines of text from outside."""
    return Text(multi_line(value, _LONG), style=style)


def money(amount: Decimal | None) -> Text:
    """Format dollars, or `unknown`."""
    return Text("unknown", POOR) if amount is None else Text(usd(amount))


def heading(title: str, note: str = "") -> RenderableType:
    """Return the heading of a section."""
    head = Text().append(title, HEAD)
    if note:
        head.append(f"  {note}", QUIET)
    return Padding(head, (1, 0, 0, 0))


def table(columns: Sequence[Column], rows: Sequence[Sequence[RenderableType]]) -> Table:
    """Return a table with a thin line under its header."""
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style=QUIET)
    grid.expand = any(column.ratio for column in columns)
    for column in columns:
        grid.add_column(
            column.title,
            justify="right" if column.number else "left",
            ratio=column.ratio,
            width=column.width,
            no_wrap=column.number,
            overflow="fold",
        )
    for row in rows:
        grid.add_row(*row)
    return grid


def pairs(rows: Iterable[tuple[RenderableType, RenderableType]]) -> Table:
    """Return a table of names and values."""
    grid = Table(box=None, show_header=False, pad_edge=False)
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def print_json(answer: object) -> None:
    """Print JSON: ASCII only, so that nothing in it can move a cursor."""
    sys.stdout.write(json.dumps(answer, indent=2, default=str) + "\n")


def clear(console: Console) -> None:
    """Erase a half-drawn progress bar, and show the cursor again."""
    if console.is_terminal:
        console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))
        console.show_cursor()


class Bar:
    """A progress bar whose total grows while the account is read."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress, self._task, self._total = progress, task, 0

    def add(self, number: int) -> None:
        """Add to the total."""
        self._total += number
        self._progress.update(self._task, total=self._total)

    def advance(self) -> None:
        """Advance by one."""
        self._progress.advance(self._task)


@contextmanager
def progress(console: Console, description: str) -> Iterator[Bar]:
    """Show progress on a terminal; print nothing into a pipe."""
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
        yield Bar(shown, shown.add_task(description, total=None))


def format_time(moment: datetime, policy: Policy, now: datetime) -> str:
    """Format a time in the policy's zone, with its day unless it is today."""
    local, today = moment.astimezone(policy.timezone.info), now.astimezone(policy.timezone.info)
    form = "%H:%M" if local.date() == today.date() else "%a %d %b %H:%M"
    return f"{local:{form}}"


def format_full_time(moment: datetime, policy: Policy) -> str:
    """Format a time with its day and zone."""
    return f"{moment.astimezone(policy.timezone.info):%a %d %b %Y %H:%M %Z}"
