"""The options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import boto3
import typer

from costguard.common.datetimes import parse_time
from costguard.policy.model import Mode

_WHERE = "Account"


def _profiles() -> list[str]:
    return boto3.Session().available_profiles


def _regions() -> list[str]:
    return boto3.Session().get_available_regions("sagemaker")


def _moment(raw: str) -> datetime:
    """Read an aware time. Raises BadParameter, which says what is expected."""
    try:
        return parse_time(raw)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from None


Profile = Annotated[
    str | None,
    typer.Option(
        help="Use this profile of your AWS configuration.",
        autocompletion=_profiles,
        rich_help_panel=_WHERE,
    ),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="Use this Region; may be repeated. Default: the Region of the profile.",
        autocompletion=_regions,
        rich_help_panel=_WHERE,
    ),
]
Local = Annotated[
    bool,
    typer.Option(
        "--local", help="Use the local AWS that `make local` runs.", rich_help_panel=_WHERE
    ),
]
StackName = Annotated[
    str, typer.Option("--stack", help="The name of the deployed stack.", rich_help_panel=_WHERE)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        exists=True,
        dir_okay=False,
        help="Use this policy file. Default: the deployed policy; without a stack, the one in "
        "layers/policy; without that, the workshop's.",
    ),
]
Ceiling = Annotated[
    Mode | None,
    typer.Option("--mode", help="Assume this Mode of the stack. Default: its present one."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        metavar="TIME",
        parser=_moment,
        help="Evaluate the present resources as of this time, such as 2026-12-01T08:00:00Z.",
    ),
]
