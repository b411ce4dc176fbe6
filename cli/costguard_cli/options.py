"""The options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import boto3
import typer

from costguard.common.datetimes import parse_time
from costguard.policy.model import Mode

_WHERE = "Where to look"


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
        help="A profile of your AWS configuration.",
        autocompletion=_profiles,
        rich_help_panel=_WHERE,
    ),
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="A region; may be given several times. Default: the profile's.",
        autocompletion=_regions,
        rich_help_panel=_WHERE,
    ),
]
Local = Annotated[
    bool,
    typer.Option("--local", help="The local AWS that `make local` runs.", rich_help_panel=_WHERE),
]
StackName = Annotated[
    str, typer.Option("--stack", help="The deployed stack's name.", rich_help_panel=_WHERE)
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        exists=True,
        dir_okay=False,
        help="Judge by this file. Default: the deployed policy; without a stack the one in "
        "layers/policy, else the workshop's.",
    ),
]
Ceiling = Annotated[
    Mode | None,
    typer.Option("--mode", help="Judge as if this were the stack's Mode. Default: what it is."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        metavar="TIME",
        parser=_moment,
        help="Judge what is there now as if it were this moment, such as 2026-12-01T08:00:00Z.",
    ),
]
