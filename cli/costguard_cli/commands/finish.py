"""How a command that checks stacks ends: it prints each one, and its exit code is the worst."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import typer
from rich.console import Console

from costguard_cli.console import print_json, stdout_console
from costguard_cli.errors import COULD_NOT, FINE, FOUND


class Checked(Protocol):
    """The checks of one stack, and what could not be read."""

    @property
    def unseen(self) -> tuple[str, ...]: ...  # noqa: D102


def finish[C: Checked](
    found: Sequence[C],
    *,
    json: bool,
    as_dict: Callable[[C], dict[str, Any]],
    show: Callable[[Console, C], None],
    well: Callable[[C], bool],
) -> None:
    """Print everything, and exit: broken before not seen, and that before fine."""
    if json:
        print_json([as_dict(each) for each in found])
    else:
        for each in found:
            show(stdout_console(), each)
    if not all(map(well, found)):
        raise typer.Exit(FOUND)
    raise typer.Exit(COULD_NOT if any(each.unseen for each in found) else FINE)
