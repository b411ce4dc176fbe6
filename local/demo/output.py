"""What the demo prints: one line an event, and a table at the end."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.demo.scenario import ZONE

_STYLES = {
    "warning": ("yellow", "warns"),
    "stopped": ("red", "stopped it"),
    "all-clear": ("green", "all clear"),
    "held-back": ("magenta", "holds back"),
    "failed": ("magenta", "could not"),
    "would-stop": ("cyan", "would stop"),
    "budget": ("yellow", "alerts about the budget of"),
    "charged": ("yellow", "asks whose it is"),
    "asked": ("cyan", "asks the admins about"),
    "answered": ("cyan", "brings the admins' answer about"),
}
"""By the stage; of a notice whose stage is not in the contract, by its rule."""


class DemoOutput:
    """Prints the week as it happens, and records the timeline."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self.timeline: list[dict[str, Any]] = []

    def person(self, when: datetime, name: str, what: str) -> None:
        """Print what a person did."""
        self._line(when, name, what, "bold")

    def notice(self, when: datetime, notice: Mapping[str, Any]) -> None:
        """Print a notice."""
        colour, verb = _STYLES.get(notice["rule"], _STYLES[notice["stage"]])
        owner = None if notice["audience"] == "admins" else notice["owner"]["name"]
        details = [notice["rule"]]
        if notice["deadline"] and notice["stage"] == "warning":
            details.append(f"stops at {_local(notice['deadline'])}")
        if notice["stage"] == "stopped" and notice["stops"] > 1:
            details.append(f"stop number {notice['stops']}")
        hint = "".join(
            f" “{suggestion}”" for suggestion in re.findall(r"Did you mean \S+\?", notice["reason"])
        )
        line = f"{verb}: {notice['resource']['name']} ({'; '.join(details)}){hint}"
        line += f" → {owner or 'the admins'}"
        self._line(when, "Costguard", line, colour, notice=notice["id"])

    def summary(self, when: datetime, text: str) -> None:
        """Print the first line of a text to the admins."""
        self._line(when, "Costguard", _first_line(text), "cyan")

    def note(self, when: datetime, text: str) -> None:
        """Print a measurement."""
        self._line(when, "", text, "dim")

    def _line(self, when: datetime, name: str, what: str, style: str, **more: Any) -> None:
        at = when.astimezone(ZONE)
        self.timeline.append({"time": when.isoformat(), "who": name, "what": what, **more})
        self.console.print(
            f"{at:%a %H:%M}  [{style}]{escape(name):<11}[/] {escape(what)}", soft_wrap=True
        )

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print the totals."""
        table = Table(title="The week in one table", title_justify="left", show_header=False)
        table.add_column(style="bold")
        table.add_column(justify="right")
        for what, number in rows:
            table.add_row(what, number)
        self.console.print(table)


def totals(notices: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Count notices by stage."""
    return Counter(notice["stage"] for notice in notices)


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZONE):%a %H:%M}"


def _first_line(text: str) -> str:
    """Return the first line of a summary, or the state of an alarm."""
    if not text.startswith("{"):
        return text.splitlines()[0]
    alarm = json.loads(text)
    state = "alarm" if alarm["NewStateValue"] == "ALARM" else "an alarm is over"
    return f"{state}: {alarm['AlarmDescription']}"
