"""`costguard policy`: check a policy file, read it in sentences, see what a change would do."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from costguard.common.errors import PolicyInvalid
from costguard.common.formatting import pluralize
from costguard.costs.prices import bundled_prices
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import Resource
from costguard_cli.analysis.assessment import AssessedResource, assess_fleet
from costguard_cli.analysis.context import AnalysisContext, money_without_ledger, policy_nearby
from costguard_cli.analysis.scan import fleet_of
from costguard_cli.aws.session import sessions
from costguard_cli.console import aside, print_json, screen
from costguard_cli.errors import FINE, FOUND, MEANING, CannotRunError
from costguard_cli.options import AsJson, Local, Profile, Regions
from costguard_cli.policies.diff import Affected, affected, changes
from costguard_cli.policies.summary import topics
from costguard_cli.policies.toml_positions import located
from costguard_cli.views import policy as policy_view
from costguard_cli.views.audit_json import load

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Check a policy, read it, see what a change would do.",
)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Nearby = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="Default: layers/policy/policy_view.toml."),
]


@app.command(epilog=MEANING.format(found="the file has a problem"))
def check(file: Nearby = None, *, json: AsJson = False) -> None:
    """Say every problem of a policy file at once, with line and column."""
    text, source = (_text(file), str(file)) if file else policy_nearby()
    try:
        parse_policy(text)
    except PolicyInvalid as exc:
        found = located(text, exc.problems)
        if json:
            print_json(policy_view.problems_as_dicts(found))
        else:
            policy_view.problems(aside(), source, text, found)
        raise typer.Exit(FOUND) from None
    if json:
        print_json([])
    else:
        policy_view.good(screen(), source)


@app.command()
def show(file: Nearby = None, *, json: AsJson = False) -> None:
    """Explain a policy in sentences."""
    text, source = (_text(file), str(file)) if file else policy_nearby()
    said = topics(_parsed(text, source))
    if json:
        print_json({"policy": source, "says": {topic.name: topic.says for topic in said}})
    else:
        policy_view.sentences(screen(), source, said)


@app.command(epilog=MEANING.format(found="the two differ"))
def diff(  # noqa: PLR0913 - a command's options
    old: File,
    new: File,
    *,
    audit: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Use what `audit --json` has written."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Look at the account now.")] = False,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
) -> None:
    """Say in words what changed and, with --audit or --live, who would be affected.

    Both are judged as if the stack were deployed with Mode=enforce and nobody had been warned.
    """
    before, after = (_parsed(_text(file), str(file)) for file in (old, new))
    said, whom, whole = changes(before, after), None, True
    if audit:
        saved = load(audit)
        whom, whole = _affected(saved.resources, before, after, saved.now), saved.whole
    elif live:
        whom, whole = [], True
        for world in sessions(profile, region or (), local=local):
            fleet, unseen = fleet_of(
                world, AnalysisContext(policy=after, source=str(new)), now=world.now
            )
            whom += _affected(fleet, before, after, world.now)
            whole = whole and not unseen
    if json:
        print_json(policy_view.as_dict(said, whom, whole=whole))
    else:
        policy_view.difference(screen(), said, whom, whole=whole)
    raise typer.Exit(FOUND if said else FINE)


def _affected(
    fleet: Sequence[Resource], before: Policy, after: Policy, now: datetime
) -> list[Affected]:
    """Judge every region's resources by both policies."""
    found: list[Affected] = []
    for region in dict.fromkeys(resource.region for resource in fleet):
        here = [resource for resource in fleet if resource.region == region]
        found += affected(_judged(here, before, now), _judged(here, after, now))
    return found


def _judged(
    here: Sequence[Resource], policy: Policy, now: datetime
) -> tuple[AssessedResource, ...]:
    money = money_without_ledger(policy, bundled_prices(), now)
    return assess_fleet(here, policy, bundled_prices(), now=now, money=money)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise CannotRunError(
            f"{file} is not UTF-8 text: {exc.reason} at byte {exc.start}"
        ) from None


def _parsed(text: str, source: str) -> Policy:
    try:
        return parse_policy(text)
    except PolicyInvalid as exc:
        many = len(exc.problems)
        raise CannotRunError(
            f"{source} has {pluralize(many, 'problem')}.",
            f"See them: costguard policy check {source}",
        ) from None
