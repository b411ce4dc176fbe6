"""Audit an account, check a policy, explain decisions, and see whether Costguard works."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import typer
from rich.text import Text

from costguard_cli.commands import answer
from costguard_cli.commands.audit import audit
from costguard_cli.commands.doctor import doctor
from costguard_cli.commands.drill import drill
from costguard_cli.commands.explain import explain
from costguard_cli.commands.guardrail import guardrail
from costguard_cli.commands.policy import app as policy
from costguard_cli.commands.price import price
from costguard_cli.commands.replay import replay
from costguard_cli.commands.sdk_defaults import sdk_defaults
from costguard_cli.commands.status import status
from costguard_cli.console import BAD, QUIET, clear, stderr_console
from costguard_cli.errors import COULD_NOT, EXIT_CODES, INTERRUPTED, CannotRunError, describe_error

app = typer.Typer(
    name="costguard",
    help=__doc__,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # a local variable may be somebody's secret
)
app.command(epilog=EXIT_CODES.format(found="a rule is broken"))(audit)
app.command(epilog=EXIT_CODES.format(found="it breaks a rule"))(explain)
app.command(epilog=EXIT_CODES.format(found="it breaks the policy"))(price)
app.command(epilog=EXIT_CODES.format(found="it would notify about or stop something"))(replay)
app.command(epilog=EXIT_CODES.format(found="it does not work"))(status)
app.command(epilog=EXIT_CODES.format(found="something is missing"))(doctor)
app.command(epilog=EXIT_CODES.format(found="a lockdown does not do what it has to"))(drill)
for _command in answer.COMMANDS:
    app.command(epilog=EXIT_CODES.format(found="the guard refuses"))(_command)
app.add_typer(policy, name="policy")
app.command()(guardrail)
app.command(epilog=EXIT_CODES.format(found="a tag is missing or left out"))(sdk_defaults)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command, by default from the command line; the exit code is the result."""
    try:
        with _exit_on_sigint():
            app(args=None if arguments is None else list(arguments))
    except Exception as error:
        problem = describe_error(error)
        if problem is None:
            raise
        print_error(problem)
        sys.exit(COULD_NOT)


@contextmanager
def _exit_on_sigint() -> Iterator[None]:
    """Exit at once on Ctrl-C: commands leave nothing behind that would have to be cleaned up.

    A KeyboardInterrupt would be lost where Python cannot raise it (in a finalizer), and would wait
    for calls that other threads make.
    """

    def exit_now(_signal: int, _frame: FrameType | None) -> None:
        clear(stderr_console())
        os._exit(INTERRUPTED)

    try:
        previous = signal.signal(signal.SIGINT, exit_now)
    except ValueError:  # only the main thread may set signal handlers
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def print_error(problem: CannotRunError) -> None:
    """Print an error and its hint."""
    console = stderr_console()
    console.print(Text(str(problem), BAD))
    if problem.hint:
        console.print(Text(problem.hint, QUIET))
