"""Look before you deploy, understand what the guard says, see whether it works."""

import sys
from collections.abc import Sequence

import typer
from rich.text import Text

from costguard_cli.commands.audit import audit
from costguard_cli.commands.explain import explain
from costguard_cli.commands.guardrail import guardrail
from costguard_cli.commands.policy import app as policy
from costguard_cli.commands.replay import replay
from costguard_cli.commands.status import status
from costguard_cli.console import BAD, QUIET, aside
from costguard_cli.errors import COULD_NOT, MEANING, CannotRunError, describe_error

app = typer.Typer(
    name="costguard",
    help=__doc__,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # a local variable may be somebody's secret
)
app.command(epilog=MEANING.format(found="a rule is broken"))(audit)
app.command(epilog=MEANING.format(found="it breaks a rule"))(explain)
app.command(epilog=MEANING.format(found="it would tell or stop something"))(replay)
app.command(epilog=MEANING.format(found="it does not work"))(status)
app.add_typer(policy, name="policy")
app.command()(guardrail)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command, by default as it was typed; the exit code says how it went."""
    try:
        app(args=None if arguments is None else list(arguments))
    except Exception as error:
        told = describe_error(error)
        if told is None:
            raise
        say(told)
        sys.exit(COULD_NOT)


def say(told: CannotRunError) -> None:
    """Tell what went wrong, and what to do."""
    console = aside()
    console.print(Text(str(told), BAD))
    if told.hint:
        console.print(Text(told.hint, QUIET))
