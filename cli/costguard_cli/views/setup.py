"""What the guard needs around it, on the terminal."""

from typing import Any

from rich.console import Console
from rich.text import Text

from costguard_cli.analysis.setup import Setup
from costguard_cli.console import BAD, GOOD, POOR, QUIET
from costguard_cli.console import text as shown
from costguard_cli.views.status import check_dicts, show_checks, show_unseen


def show(console: Console, setup: Setup) -> None:
    """Print it, the verdict last."""
    console.print(shown(f"Around the stack {setup.stack} in {setup.region}", QUIET))
    show_checks(console, setup.checks)
    show_unseen(console, setup.unseen)
    console.print(Text.assemble("\n", _verdict(setup)))


def as_dict(setup: Setup) -> dict[str, Any]:
    """Write it for machines."""
    return {
        "region": setup.region,
        "stack": setup.stack,
        "ready": setup.ready,
        "checks": check_dicts(setup.checks),
        "could_not_look": list(setup.unseen),
    }


def _verdict(setup: Setup) -> tuple[str, str]:
    if not setup.ready:
        return "Something is missing.", BAD
    if setup.unseen:
        return "Nothing that was seen is missing; not everything could be seen.", POOR
    return "Everything that it needs is there.", GOOD
