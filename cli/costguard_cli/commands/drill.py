"""`costguard drill`: show a lockdown on one role, for a minute.

The state machine of the stack does it, as it would in a silence, and ends it by itself.
"""

import json
import time
from collections.abc import Callable
from typing import Annotated

import typer

from costguard_cli.analysis.lockdown import (
    Drill,
    is_over,
    locked_names,
    plan_drill,
    wait_until,
    what_it_may,
)
from costguard_cli.aws.session import ReadOnlySession, local_endpoint, own_session, sessions
from costguard_cli.aws.stack import STACK, require_stack
from costguard_cli.errors import FINE, FOUND, CannotRunError
from costguard_cli.options import Local, Profile, Regions, StackName

_SECONDS = 5  # between two looks
_UNLOCK = "aws iam detach-role-policy --role-name {} --policy-arn {}"


def drill(
    role: Annotated[str, typer.Option(help="A role that FailClosed names; it is locked.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it, and do not only say it.")] = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Lock one role as in a silence of Costguard, look, and see it unlocked a minute later."""
    session = sessions(profile, region or (), local=local)[0]
    planned = plan_drill(session, require_stack(session, stack), role)
    typer.echo(said(planned))
    if not yes:
        typer.echo("Nothing was done. Add --yes to do it.")
        raise typer.Exit(FINE)
    endpoint = local_endpoint() if local else None
    client = own_session(profile, local=local).client(
        "stepfunctions", region_name=session.region, endpoint_url=endpoint
    )
    begun = client.start_execution(
        stateMachineArn=planned.machine, input=json.dumps({"drill": planned.role})
    )
    is_well = perform(session, planned, begun["executionArn"], lambda: time.sleep(_SECONDS))
    raise typer.Exit(FINE if is_well else FOUND)


def said(planned: Drill) -> str:
    """Say what a silence would do, and what the drill does."""
    return (
        f"In a silence of more than ten minutes, {', '.join(planned.names)} could begin only "
        f"{', '.join(planned.small)}.\n"
        f"The drill attaches {planned.policy} to {planned.role} alone, "
        "for about a minute. What runs goes on, nobody else is affected, and nobody is told."
    )


def perform(
    session: ReadOnlySession, planned: Drill, execution: str, pause: Callable[[], None]
) -> bool:
    """Watch the role being locked and unlocked; return whether all was as it has to be."""

    def is_locked() -> bool:
        return planned.role in locked_names(session, planned.policy)

    if not wait_until(pause, lambda: is_locked() or is_over(session, execution)):
        raise CannotRunError(f"{planned.role} was not locked.", "docs/runbook.md#a-lockdown")
    typer.echo(f"{planned.role} is locked. What IAM's simulator says:")
    is_well = True
    for act, allowed, expected in what_it_may(session, planned):
        typer.echo(f"  {act}: {'allowed' if allowed else 'denied'}{_wrong(allowed is expected)}")
        is_well &= allowed is expected
    wait_until(pause, lambda: is_over(session, execution))
    if is_locked():
        unlock = _UNLOCK.format(planned.role, planned.policy)
        raise CannotRunError(f"{planned.role} is still locked.", f"Unlock it: {unlock}")
    typer.echo(f"{planned.role} is unlocked.")
    return is_well


def _wrong(is_right: bool) -> str:  # noqa: FBT001 - one comparison's result
    return "" if is_right else " (WRONG)"
