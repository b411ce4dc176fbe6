"""`costguard keep`, `stop`, `fix`, `not-mine`, `ask`, `approve`, `deny`: answers to notices.

They go to the guard's function URL, which takes only callers whom IAM knows; it decides.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from costguard.common.sanitize import single_line
from costguard_cli.aws.function_url import Post, signed_post
from costguard_cli.aws.session import local_endpoint, own_session, sessions
from costguard_cli.aws.stack import STACK, Stack, require_stack
from costguard_cli.errors import FINE, FOUND, CannotRunError
from costguard_cli.options import Local, Profile, Regions, StackName

_LONGEST = 1000
_FORBIDDEN = 403

Named = Annotated[str, typer.Argument(help="A name, kind/name, or an ARN.")]
Request = Annotated[str, typer.Argument(help="The number of the request, from the message.")]
Until = Annotated[str, typer.Option(help="How long, such as 2d, or until when: 2026-12-24.")]
Why = Annotated[str, typer.Option(help="The reason, in a sentence.")]


def keep(
    resource: Named,
    time: Annotated[str, typer.Argument(help="How long, such as 2h.")] = "2h",
    *,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Keep something idle of yours for a while, within the policy's limits."""
    _answer({"action": "keep", "resource": resource, "until": time}, profile, region, stack, local)


def stop(
    resource: Named,
    *,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Let the guard stop something of yours now, of which it has warned you."""
    _answer({"action": "stop", "resource": resource}, profile, region, stack, local)


def fix(
    resource: Named,
    tags: Annotated[list[str] | None, typer.Argument(help="Key=Value, where it asks.")] = None,
    *,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Let the guard set the tags that the policy requires."""
    pairs = [each.partition("=") for each in tags or ()]
    if wrong := [key for key, sign, _ in pairs if not sign]:
        raise CannotRunError(f"{wrong[0]} is no tag.", "Write it like Project=wattbot.")
    given = {key: value for key, _, value in pairs}
    _answer({"action": "fix", "resource": resource, "tags": given}, profile, region, stack, local)


def not_mine(
    resource: Named,
    *,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Say that something that counts for you is not yours."""
    _answer({"action": "not-mine", "resource": resource}, profile, region, stack, local)


def ask(  # noqa: PLR0913 - a command's options
    resource: Named,
    *,
    why: Why,
    until: Until,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Ask the admins for an exception for something of yours that breaks a rule."""
    body = {"action": "ask", "resource": resource, "why": why, "until": until}
    _answer(body, profile, region, stack, local)


def approve(
    request: Request,
    *,
    until: Until = "",
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Approve what somebody asked for: by default until when they asked. For admins."""
    body = {"action": "approve", "resource": request, "until": until}
    _answer(body, profile, region, stack, local)


def deny(
    request: Request,
    *,
    why: Why = "",
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Deny what somebody asked for; they are told why. For admins."""
    _answer({"action": "deny", "resource": request, "why": why}, profile, region, stack, local)


COMMANDS: tuple[Callable[..., None], ...] = (keep, stop, fix, not_mine, ask, approve, deny)


def deliver(stack: Stack, body: Mapping[str, object], post: Post) -> tuple[bool, str]:
    """Hand an answer over; return whether it was taken, and the guard's sentence."""
    url = stack.outputs.get("RespondUrl")
    if url is None:
        raise CannotRunError(
            f"The stack {stack.name} takes no answers.",
            "An admin can deploy it with SelfService=iam.",
        )
    status, text = post(url, json.dumps(body))
    try:
        reply = json.loads(text)
        return bool(reply["done"]), single_line(str(reply["says"]), _LONGEST)
    except (ValueError, KeyError, TypeError):
        policy = stack.outputs.get("RespondAccessArn", "RespondAccess of the stack")
        hint = (
            f"An admin can give you the policy {policy}." if status == _FORBIDDEN else "Try again."
        )
        raise CannotRunError(f"The guard did not answer (HTTP {status}).", hint) from None


def _answer(
    body: Mapping[str, object],
    profile: str | None,
    region: list[str] | None,
    stack: str,
    local: bool,  # noqa: FBT001 - an option as it was given
) -> None:
    """Find the stack, sign the request and print the reply."""
    session = sessions(profile, region or (), local=local)[0]
    credentials = own_session(profile, local=local).get_credentials()
    endpoint = local_endpoint() if local else None
    post = signed_post(credentials, session.region, endpoint)
    done, says = deliver(require_stack(session, stack), body, post)
    typer.echo(says)
    raise typer.Exit(FINE if done else FOUND)
