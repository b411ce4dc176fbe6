"""`costguard price`: is this launch allowed, and what can it cost at most? It only reads."""

import json as json_lib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard_cli.analysis.context import AnalysisContext, analysis_context
from costguard_cli.analysis.estimate import estimate, launch_of_request, launch_of_type, paid_time
from costguard_cli.analysis.launch_request import check_request
from costguard_cli.analysis.scan import survey_region, unreadable_from
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import print_json, stdout_console
from costguard_cli.errors import COULD_NOT, FINE, FOUND, CannotRunError
from costguard_cli.options import AsJson, Local, PolicyFile, Profile, Regions, StackName
from costguard_cli.views import price as price_view

_KIND = "training-job"
_ALONE = "Leave out --kind, --count, --owner and --project, or name an instance type."


def price(  # noqa: PLR0913 - a command's options
    what: Annotated[
        str,
        typer.Argument(help="An instance type, or a file with the JSON of a Create request."),
    ],
    *,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = _KIND,
    count: Annotated[int, typer.Option(min=1, help="How many instances.")] = 1,
    hours: Annotated[float | None, typer.Option(min=0, help="The longest that it may run.")] = None,
    owner: Annotated[str, typer.Option(help="Who it is for, as in the tag Name.")] = "",
    project: Annotated[str, typer.Option(help="The project, as in the tag Project.")] = "",
    policy: PolicyFile = None,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Say whether a launch is allowed, what it can cost at most, and what would be cheaper."""
    request = _request(Path(what)) if Path(what).is_file() else None
    if request is not None and (kind, count, owner, project) != (_KIND, 1, "", ""):
        raise CannotRunError(f"{what} says itself what is launched, and for whom.", _ALONE)
    session, *others = sessions(profile, region or (), local=local)
    if others:
        raise CannotRunError("A launch is in one Region.", "Name one: --region us-east-2")
    context = analysis_context(session, stack, policy, None, now=session.now)
    place = (session.account(), session.region)
    if request is not None:
        launch = launch_of_request(request, place, session.now)
        paid = paid_time(request, launch, hours)
    else:
        if kind not in KINDS:
            raise CannotRunError(f"There is no kind {kind!r}.", f"Kinds are {', '.join(KINDS)}.")
        tags = _tags(context, owner, project)
        launch = launch_of_type(KINDS[kind], what, count, hours, tags, place=place, now=session.now)
        paid = launch.max_runtime
    _answer(session, context, launch, paid, json=json)


def _answer(
    session: ReadOnlySession,
    context: AnalysisContext,
    launch: Resource,
    paid: timedelta | None,
    *,
    json: bool,
) -> None:
    """Judge it beside what runs, print that, and exit with the result."""
    survey = survey_region(session, context, now=session.now)
    found = estimate(
        launch,
        context.policy,
        context.prices,
        paid=paid,
        others=survey.fleet.resources,
        money=survey.money,
        now=session.now,
    )
    unseen = (*context.unseen, *unreadable_from(survey.errors))
    if json:
        print_json(price_view.as_dict(found, unseen))
    else:
        price_view.show(stdout_console(), found, context, unseen)
    if not found.allowed:
        raise typer.Exit(FOUND)
    raise typer.Exit(COULD_NOT if found.usd_per_hour is None else FINE)


def _tags(context: AnalysisContext, owner: str, project: str) -> dict[str, str]:
    directory = context.policy.directory
    given = {directory.owner_tag: owner, directory.project_tag: project}
    return {key: value for key, value in given.items() if value}


def _request(file: Path) -> Mapping[str, Any]:
    try:
        request = json_lib.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise CannotRunError(f"{file} holds no JSON: {error}.") from None
    if not isinstance(request, dict):
        raise CannotRunError(
            f"{file} holds no request.", "It is an object, as CreateTrainingJob takes."
        )
    check_request(request)
    return request
