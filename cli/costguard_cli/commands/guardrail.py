"""`costguard guardrail`: write the policy as IAM policies that deny requests."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from costguard.common.errors import PolicyInvalid
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard_cli.guardrail.coverage import Uncovered
from costguard_cli.guardrail.generator import (
    Guardrail,
    GuardrailOptions,
    Target,
    commands,
    generate,
)
from costguard_cli.guardrail.packing import Format, PolicyDocument, TooLargeError
from costguard_cli.guardrail.statement import compact
from costguard_cli.guardrail.statements import Scope
from costguard_cli.policy_file import read_policy_file

_STACK = r"([A-Za-z][A-Za-z0-9-]*)?"
_ADMIN = r"arn:[a-z*-]+:iam::[0-9*]+:(role|user)/.+"
PARTS = (
    *("instance-type", "missing-tags", "naming", "long-running"),
    *("itself", "unwatched", "owners"),
)
_TAG = r"[\w .:/=+@-]{1,128}"


def guardrail(  # noqa: PLR0913, PLR0917 - a command's options
    format_: Annotated[
        Format, typer.Option("--format", help="The form of the policies.")
    ] = Format.IAM,
    for_: Annotated[
        Target,
        typer.Option(
            "--for", help="What the policies are attached to; an SCP applies to everybody."
        ),
    ] = Target.ROLE,
    role: Annotated[
        str | None,
        typer.Option(
            help="Name of the role (default: ml-sagemaker-use), or of the group for people."
        ),
    ] = None,
    policy: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The policy file.")
    ] = Path("layers/policy/policy.toml"),
    stack: Annotated[
        str, typer.Option(help="The stack of Costguard to protect; empty for none.")
    ] = "costguard",
    admin: Annotated[
        list[str] | None,
        typer.Option(
            help="ARN, with *, of a role or user that may change Costguard. May be repeated."
        ),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help=f"Leave out: {', '.join(PARTS)}.")
    ] = None,
    only_watched: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option(
            "--only-watched", help="Deny what Costguard does not evaluate, or could not stop."
        ),
    ] = False,
    parks: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--park", help="The stack has Park=yes: apps and endpoints are ended there, too."
        ),
    ] = False,
    owner_tag: Annotated[
        str,
        typer.Option(
            help="Keep a notebook to its owner: the tag that names one on notebooks and people."
        ),
    ] = "",
    every_mode: Annotated[  # noqa: FBT002
        bool, typer.Option("--all", help="Also deny for rules that only observe or warn.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Write the policies into this directory.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Write IAM policies that deny the requests that the policy file forbids.

    Also lists what IAM cannot express.
    """
    options = GuardrailOptions(
        format_=format_,
        stack=stack,
        admins=tuple(admin or ()),
        without=tuple(without or ()),
        only_watched=only_watched,
        parks=parks,
        owner_tag=owner_tag,
    )
    _check(options)
    scope = Scope(policy=_read(policy), now=datetime.now(UTC), every_mode=every_mode)
    try:
        generated = generate(scope, options)
    except TooLargeError as exc:
        raise _refused(str(exc)) from exc
    if out:
        _save(generated.policies, out, format_)
    name = role or ("ml-sagemaker-use" if for_ is Target.ROLE else "GROUP")
    attach = list(commands(generated, format_, for_, name, str(out or "DIR")))
    if as_json:
        typer.echo(json.dumps(_as_dict(generated, attach), indent=2, ensure_ascii=False))
    else:
        _print(generated, attach, out)


def _check(options: GuardrailOptions) -> None:
    if not re.fullmatch(_STACK, options.stack):
        raise typer.BadParameter(f"{options.stack!r} is no stack name", param_hint="--stack")
    if options.owner_tag and not re.fullmatch(_TAG, options.owner_tag):
        raise typer.BadParameter(f"{options.owner_tag!r} is no tag key", param_hint="--owner-tag")
    for word in options.without:
        if word not in PARTS:
            raise typer.BadParameter(
                f"{word!r} is none of {', '.join(PARTS)}", param_hint="--without"
            )
    for arn in options.admins:  # a wrong one would lock its owner out
        if not re.fullmatch(_ADMIN, arn):
            raise typer.BadParameter(
                f"{arn!r} is not the ARN of a role or user, such as arn:aws:iam::*:role/Admin "
                "(of a session: its role's)",
                param_hint="--admin",
            )
    if options.format_ is Format.SCP and options.stack and not options.admins:
        raise typer.BadParameter(
            "an SCP applies to everybody in the account: name who may still change Costguard, such "
            "as --admin 'arn:aws:iam::*:role/Admin', or protect no stack with --stack ''",
            param_hint="--admin",
        )


def _read(file: Path) -> Policy:
    try:
        return parse_policy(read_policy_file(file))
    except PolicyInvalid as exc:
        raise _refused(str(exc)) from exc


def _refused(why: str) -> typer.Exit:
    Console(stderr=True).print(why, markup=False, highlight=False)
    return typer.Exit(1)


def _save(policies: tuple[PolicyDocument, ...], at: Path, format_: Format) -> None:
    """Write one file a policy: readable for IAM; compact for SCPs, whose white space counts."""
    at.mkdir(parents=True, exist_ok=True)
    for each in policies:
        indented = json.dumps(each.document, indent=2, ensure_ascii=False) + "\n"
        text = compact(each.document) if format_ is Format.SCP else indented
        (at / f"{each.name}.json").write_text(text, encoding="utf-8")


def _as_dict(generated: Guardrail, attach: list[str]) -> dict[str, object]:
    return {
        "policies": [asdict(each) | {"characters": each.characters} for each in generated.policies],
        "uncovered": [asdict(gap) for gap in generated.uncovered],
        "stricter": [asdict(gap) for gap in generated.stricter],
        "attach": attach,
    }


def _print(generated: Guardrail, attach: list[str], out: Path | None) -> None:
    console = Console(highlight=False)
    if generated.policies:
        _table(console, f"Policies{f' in {out}' if out else ''}", _rows(generated.policies))
    _table(console, "Not covered: only Costguard checks this", _gaps(generated.uncovered))
    _table(console, "Stricter than Costguard", _gaps(generated.stricter))
    console.print(
        "\nAttach it" if generated.policies else "\nThere is nothing to attach.", style="bold"
    )
    for line in attach:
        console.print(f"  {line}", markup=False, soft_wrap=True)  # to be copied whole
    if not out and generated.policies:
        console.print("\nNothing was written: name a folder with --out, or use --json.")


def _rows(policies: tuple[PolicyDocument, ...]) -> list[tuple[str, str]]:
    return [(", ".join(p.rules), f"{p.name} ({p.characters} characters)") for p in policies]


def _gaps(gaps: tuple[Uncovered, ...]) -> list[tuple[str, str]]:
    return [(gap.about, gap.why) for gap in gaps]


def _table(console: Console, title: str, rows: list[tuple[str, str]]) -> None:
    """Print two columns under a title; a repeated word on the left is left out."""
    table, before = Table.grid(padding=(0, 2)), ""
    for left, right in rows:
        table.add_row("", Text("" if left == before else left), Text(right))
        before = left
    if rows:
        console.print(f"\n{title}", style="bold", markup=False)
        console.print(table)
