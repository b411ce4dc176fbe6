"""`costguard`: look before you deploy, explain what the guard says, see whether it works."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from costguard.errors import PolicyInvalid
from costguard.policy import parse
from costguard_cli.guardrail.command import guardrail

app = typer.Typer(no_args_is_help=True, help=__doc__)
policy = typer.Typer(no_args_is_help=True, help="What the policy file says.")
app.add_typer(policy, name="policy")
app.command()(guardrail)


@policy.command()
def check(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Say every problem of a policy file at once; 1 when there is one."""
    try:
        parse(file.read_text(encoding="utf-8"))
    except PolicyInvalid as exc:
        Console(stderr=True).print(str(exc), markup=False)
        raise typer.Exit(1) from exc
    Console().print(f"{file} is a good policy", markup=False)
